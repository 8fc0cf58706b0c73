package gateway

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"
)

// Options are what a gateway has besides its routes. Zero values are what the
// official image and Docker want.
type Options struct {
	Socket      string   // of the runtime API; "" is /run/haproxy/admin.sock
	Nameserver  string   // ADDRESS:PORT that knows the containers; "" is Docker's, 127.0.0.11:53
	Certificate string   // a PEM file with chain and key; needed where a route has TLS
	Redirect    Redirect // from HTTP to a port that speaks TLS
	Maintenance bool     // answer 503 with Page
	Page        string   // HTML; "" is a plain one
}

// Redirect sends requests of one port to another over HTTPS. The zero value is none.
type Redirect struct {
	From, To int
	Bind     string
}

const (
	// reserved is for documentation (RFC 5737): no host has it. A slot without a container stands there.
	reserved = "192.0.2.1"

	defaultPage = "<!doctype html><title>Maintenance</title><h1>Down for maintenance</h1><p>We will be back shortly.</p>"
)

//go:embed haproxy.cfg.tmpl
var configText string

// Config is the whole haproxy.cfg. Slots of backends that no route has are an
// error, as are two routes that want the same requests.
func Config(routes []Route, slots Slots, o Options) (string, error) {
	routes = slices.Clone(routes)
	for i := range routes {
		routes[i].Mode = routes[i].mode()
	}
	if err := validate(routes, slots, o); err != nil {
		return "", err
	}
	data := struct {
		Options
		Frontends []frontend
		Backends  []backend
	}{o.withDefaults(), frontends(routes), backends(routes, slots)}
	functions := template.FuncMap{"quote": quote}
	text, err := template.New("haproxy.cfg").Funcs(functions).Parse(configText)
	if err != nil {
		return "", fmt.Errorf("parse template of haproxy.cfg: %w", err)
	}
	var b bytes.Buffer
	if err := text.Execute(&b, data); err != nil {
		return "", fmt.Errorf("render haproxy.cfg: %w", err)
	}
	return b.String(), nil
}

func (o Options) withDefaults() Options {
	o.Socket = cmp.Or(o.Socket, "/run/haproxy/admin.sock")
	o.Nameserver = cmp.Or(o.Nameserver, "127.0.0.11:53")
	o.Page = cmp.Or(o.Page, defaultPage)
	return o
}

// quote is one word of HAProxy's configuration: in single quotes nothing is
// special but the quote itself, and a line ends with the line.
func quote(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// frontend is a published port with its routes, the most specific first.
type frontend struct {
	Route   // what all routes of the port share
	Rules   []rule
	Partial bool // no rule is for everything
}

// rule sends what fulfils Condition to Backend; "" is everything.
type rule struct{ Backend, Condition string }

func frontends(routes []Route) []frontend {
	var all []frontend
	for _, r := range slices.SortedFunc(slices.Values(routes), bySpecificity) {
		if last := len(all) - 1; last < 0 || all[last].Port != r.Port {
			all = append(all, frontend{Route: r})
		}
		f := &all[len(all)-1]
		f.Rules = append(f.Rules, rule{r.Backend(), r.condition()})
		f.Partial = r.condition() != ""
	}
	return all
}

// bySpecificity orders by port; then routes with a host before those for any, longer paths before shorter.
func bySpecificity(a, b Route) int {
	return cmp.Or(
		cmp.Compare(a.Port, b.Port),
		-cmp.Compare(min(len(a.Host), 1), min(len(b.Host), 1)),
		-cmp.Compare(len(a.Path), len(b.Path)),
		cmp.Compare(a.Host, b.Host), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Service, b.Service),
	)
}

// condition is the route as HAProxy's; /api has /api and /api/…, not /apiary.
func (r Route) condition() string {
	host := ""
	if r.Host != "" {
		host = "{ hdr(host),host_only -i " + r.Host + " }"
	}
	path := strings.TrimRight(r.Path, "/")
	if path == "" {
		return host
	}
	below := []string{"{ path " + path + " }", "{ path_beg " + path + "/ }"}
	if host != "" {
		below[0], below[1] = host+" "+below[0], host+" "+below[1]
	}
	return strings.Join(below, " or ")
}

// backend is a service behind a port, with its two servers.
type backend struct {
	Route
	Name    string
	Servers []string
}

func backends(routes []Route, slots Slots) []backend {
	byName := map[string]Route{}
	for _, r := range routes {
		byName[r.Backend()] = r
	}
	var all []backend
	for name, r := range byName {
		b := backend{Route: r, Name: name}
		for i, server := range slots[name] {
			b.Servers = append(b.Servers, serverLine(slotNames[i], server))
		}
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b backend) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// serverLine is a slot as a restart is to find it: what is not Ready gets nothing.
func serverLine(slot string, server Server) string {
	switch server.State {
	case Ready:
		return fmt.Sprintf("server %s %s", slot, server.Address)
	case Free:
		return fmt.Sprintf("server %s %s:1 disabled", slot, reserved)
	default:
		return fmt.Sprintf("server %s %s disabled # %s", slot, server.Address, server.State)
	}
}
