// Package gateway is the one place that knows HAProxy, which stands before the
// application services of a server: the whole of its configuration from plain
// values (Config), and what is said to the running process over its runtime
// API (Runtime).
//
// Each backend has two slots. A release takes the free one, is checked there
// and then switched to; the other slot drains and becomes free. What follows
// from what is a method of Slots and pure: write the Config of the new Slots
// first and then tell the Runtime, so that a gateway that restarts at any
// moment comes up with what it was to become.
//
// The package imports failure, secret and lazyregexp, and knows no engine, no project
// and no ssh: how the Unix socket is reached is its caller's.
package gateway

import (
	"fmt"
	"net"
	"strconv"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// Mode is what the gateway understands of a route's traffic.
type Mode string

// The modes. The zero value of a route's is HTTP.
const (
	HTTP Mode = "http"
	TCP  Mode = "tcp"
)

// Route says which requests that arrive at a published port are a service's.
type Route struct {
	Service string // the name in the Compose file
	Port    int    // published, 1 to 65535; the gateway listens on the same
	Bind    string // the address to listen on; "" is all
	Mode    Mode   // "" is HTTP; a port of mode TCP has one route
	TLS     bool   // the port speaks TLS with Options.Certificate (HTTP only)
	Host    string // requests for this host alone; "" is any
	Path    string // requests for this path and below it: "/api"; "" is any
	Health  string // the path that is 2xx or 3xx when the service is well; "" asks for a TCP connection
}

// Backend is the name of the route's backend in HAProxy and in Slots. Routes
// that differ by host and path alone share it.
func (r Route) Backend() string { return fmt.Sprintf("%s-%d", r.Service, r.Port) }

func (r Route) mode() Mode {
	if r.Mode == "" {
		return HTTP
	}
	return r.Mode
}

// What may stand in the file without a quote; also all that HAProxy and DNS take.
var (
	nameForm = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
	pathForm = lazyregexp.New(`^/[A-Za-z0-9_.~/-]*$`)
)

func (r Route) validate() error {
	switch {
	case !nameForm.MatchString(r.Service):
		return r.wrong("service", "letters, digits, dots, dashes")
	case r.Port < 1 || r.Port > 65535:
		return r.wrong("port", "1 to 65535")
	case r.mode() != HTTP && r.mode() != TCP:
		return r.wrong("mode", "http or tcp")
	case r.Bind != "" && net.ParseIP(r.Bind) == nil:
		return r.wrong("bind", "an IP address")
	case r.Host != "" && !nameForm.MatchString(r.Host):
		return r.wrong("host", "a name without port")
	case r.Path != "" && !pathForm.MatchString(r.Path):
		return r.wrong("path", "a path such as /api")
	case r.Health != "" && !pathForm.MatchString(r.Health):
		return r.wrong("health", "a path such as /health")
	case r.mode() == TCP && (r.Host != "" || r.Path != "" || r.TLS):
		return r.wrong("mode", "http where there is host, path or TLS")
	}
	return nil
}

func (r Route) wrong(field, want string) error {
	return failure.New(failure.Preflight, "gateway of service %q, port %d: %s is not valid", r.Service, r.Port, field).
		WithHint("set x-spellbook: {gateway: {%s: …}} of the service to %s", field, want)
}

// splitAddress takes NAME:PORT apart.
func splitAddress(address string) (name string, port int, err error) {
	name, digits, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("address %q: %w", address, err)
	}
	port, err = strconv.Atoi(digits)
	if err != nil || port < 1 || port > 65535 || !nameForm.MatchString(name) || net.ParseIP(name) != nil {
		return "", 0, fmt.Errorf("address %q is not NAME:PORT", address)
	}
	return name, port, nil
}
