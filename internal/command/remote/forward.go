package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
	"github.com/infinitescribe/spellbook/internal/observe"
)

// ForwardOptions are the flags of deploy:forward.
type ForwardOptions struct {
	Env      string
	Services []string // each SERVICE, or SERVICE:PORT
	EnvFile  string   // the variables go there; "" prints them
}

// Forward makes services of the server, published there or not, reachable on free
// ports of this machine's loopback until Ctrl-C, and says by which variables code
// finds them.
func Forward(ctx context.Context, w *app.Run, o ForwardOptions) error {
	signals := w.Signals
	if err := replaceable(w, o.EnvFile); err != nil {
		return w.Guard(ctx, func(context.Context) error { return err })
	}
	return With(ctx, w.WithoutSignals(), o.Env, o.target(), func(ctx context.Context, op *Operation) error {
		ctx, stop := app.UntilSignal(ctx, w.OwnSignals(signals))
		defer stop()
		return app.EndedBySignal(ctx, (&forward{Operation: op, options: o}).serve(ctx))
	})
}

func (o ForwardOptions) target() string {
	return "deploy:forward " + o.Env + " " + strings.Join(o.Services, ",")
}

// forward is one deploy:forward at work.
type forward struct {
	*Operation

	options ForwardOptions
	said    sync.Map // what was told of a service last
}

// destination is a port of a service, and its variables.
type destination struct {
	service        string
	port           uint16
	hostName, name string
}

func (f *forward) serve(ctx context.Context) error {
	all, err := f.destinations()
	if err != nil {
		return err
	}
	text, err := f.open(ctx, all)
	if err != nil {
		return err
	}
	done, err := f.publish(text)
	if err != nil {
		return err
	}
	defer done()
	if _, err := fmt.Fprintf(f.Run.Err, "forwarding %s from %s until Ctrl-C\n", strings.Join(f.options.Services, ", "), f.Settings.Host); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-f.Server.Lost():
		return failure.New(failure.Unexpected, "the connection to %s broke: nothing is forwarded any more", f.Settings.Host).
			WithHint("mage %s", f.Target)
	}
}

// open opens a port of this machine for each, and returns the variables.
func (f *forward) open(ctx context.Context, all []destination) (string, error) {
	var text strings.Builder
	told := map[string]bool{}
	for _, d := range all {
		local, err := f.Server.Forward(ctx, func(ctx context.Context) (string, error) { return f.address(ctx, d) }, func(err error) { f.tell(d, err) })
		if err != nil {
			return "", f.closed(d, err)
		}
		if !told[d.hostName] {
			_, _ = fmt.Fprintf(&text, "%s=%s\n", d.hostName, local.IP)
			told[d.hostName] = true
		}
		_, _ = fmt.Fprintf(&text, "%s=%d\n", d.name, local.Port)
	}
	return text.String(), nil
}

// closed is the error for a port that cannot be forwarded.
func (f *forward) closed(d destination, err error) error {
	switch {
	case errors.Is(err, ssh.ErrNobodyListens):
		return failure.New(failure.NotReady, "%s on %s does not listen on port %d", d.service, f.Settings.Host, d.port).
			WithHint("mage deploy:logs %s -services=%s; another port: mage deploy:forward %s %s:PORT", f.options.Env, d.service, f.options.Env, d.service)
	case errors.Is(err, ssh.ErrForwardingRefused):
		return failure.New(failure.Preflight, "%s permits no tunnel to %s", f.Settings.Host, d.service).
			WithHint("its sshd_config needs: AllowTcpForwarding yes")
	}
	return err
}

// address is where a service's container is now, seen from the server.
func (f *forward) address(ctx context.Context, d destination) (string, error) {
	var now Seen
	var err error
	if now.Containers, err = f.containersNow(ctx); err != nil {
		return "", err
	}
	if now.Current.ID, err = f.Store.Current(ctx); err != nil {
		return "", err
	}
	c, err := f.running(now, d.service)
	if err != nil {
		return "", err
	}
	host := "127.0.0.1" // of a container on the server's own network
	if len(c.Addresses) > 0 {
		host = c.Addresses[0]
	} else if !slices.Contains(c.Networks, "host") {
		return "", failure.New(failure.Preflight, "%s on %s is on no network", d.service, f.Settings.Host).WithHint("mage deploy:exec %s %s \"CMD\" runs a client in it", f.options.Env, d.service)
	}
	return net.JoinHostPort(host, strconv.Itoa(int(d.port))), nil
}

// tell says once what keeps connections from a service.
func (f *forward) tell(d destination, err error) {
	if was, _ := f.said.Swap(d.service, err.Error()); was != err.Error() {
		f.Run.Tell("%s: %v", d.service, err)
	}
}

// destinations are the ports of the services that were named.
func (f *forward) destinations() ([]destination, error) {
	var all []destination
	for _, text := range f.options.Services {
		service, port, named := strings.Cut(text, ":")
		c, err := f.running(f.Seen, service)
		if err != nil {
			return nil, err
		}
		ports := f.ports(c, service)
		if named {
			n, err := strconv.ParseUint(port, 10, 16)
			if err != nil || n == 0 {
				return nil, failure.New(failure.Usage, "%q is no port", port).WithHint("mage deploy:forward %s %s:5432", f.options.Env, service)
			}
			ports = []uint16{uint16(n)}
		}
		if len(ports) == 0 {
			return nil, failure.New(failure.Preflight, "neither the image of %s nor the Compose file says on which port it listens", service).
				WithHint("name it: mage deploy:forward %s %s:PORT", f.options.Env, service)
		}
		for _, port := range ports {
			all = append(all, f.named(service, port, len(ports) > 1))
		}
	}
	return all, nil
}

// ports are those that the Compose file publishes, or else those that the container
// listens on as its image says.
func (f *forward) ports(c observe.Container, service string) []uint16 {
	var list []uint16
	for _, p := range f.Project.Published() {
		if p.Service == service && p.Proto != "udp" && p.Low == p.High {
			list = append(list, p.Target)
		}
	}
	if len(list) == 0 {
		list = c.Exposed
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// named gives a port its variables: the one that the Compose file publishes it by,
// else SERVICE_PORT.
func (f *forward) named(service string, port uint16, several bool) destination {
	prefix := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, service)
	prefix = strings.ToUpper(prefix)
	d := destination{service: service, port: port, hostName: prefix + "_HOST", name: prefix + "_PORT"}
	if several {
		d.name += "_" + strconv.Itoa(int(port))
	}
	for _, p := range f.Project.Published() {
		if p.Service == service && p.Target == port && p.Origin().Variable != "" {
			d.name = p.Origin().Variable
		}
	}
	return d
}
