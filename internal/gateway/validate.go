package gateway

import (
	"slices"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// validate refuses what HAProxy would refuse, or take for something else.
func validate(routes []Route, slots Slots, o Options) error {
	backends := map[string]Route{}
	ports := map[int]Route{}
	for i, r := range routes {
		if err := r.validate(); err != nil {
			return err
		}
		if first, ok := ports[r.Port]; ok && (first.Mode != r.Mode || first.TLS != r.TLS || first.Bind != r.Bind || r.Mode == TCP) {
			return collision(first, r, "the port's mode, TLS and address are one for all, and TCP has one service")
		}
		if first, ok := backends[r.Backend()]; ok && first.Health != r.Health {
			return collision(first, r, "two health checks")
		}
		same := func(other Route) bool { return other.Port == r.Port && other.Host == r.Host && other.Path == r.Path }
		if first := slices.IndexFunc(routes[:i], same); first >= 0 {
			return collision(routes[first], r, "the same host and path")
		}
		ports[r.Port], backends[r.Backend()] = r, r
	}
	if err := o.validate(ports); err != nil {
		return err
	}
	return slots.validate(backends)
}

func collision(a, b Route, why string) error {
	return failure.New(failure.Preflight, "services %q and %q cannot share port %d: %s", a.Service, b.Service, b.Port, why).
		WithHint("give one of them another port, or a host or path in x-spellbook: {gateway: …}")
}

func (o Options) validate(ports map[int]Route) error {
	for port, r := range ports {
		if r.TLS && o.Certificate == "" {
			return failure.New(failure.Preflight, "port %d of service %q speaks TLS, and there is no certificate", port, r.Service).
				WithHint("set DEPLOY_TLS_CERT and DEPLOY_TLS_KEY in the environment's file")
		}
	}
	if o.Redirect.From == 0 {
		return nil
	}
	if r, taken := ports[o.Redirect.From]; taken {
		return failure.New(failure.Preflight, "port %d redirects to HTTPS and cannot be service %q's", o.Redirect.From, r.Service).
			WithHint("publish the service on another port")
	}
	if !ports[o.Redirect.To].TLS {
		return failure.New(failure.Preflight, "port %d redirects to port %d, which does not speak TLS", o.Redirect.From, o.Redirect.To).
			WithHint("redirect to a port with TLS")
	}
	return nil
}

func (s Slots) validate(backends map[string]Route) error {
	for _, name := range s.backends() {
		if _, ok := backends[name]; !ok {
			return failure.New(failure.Unexpected, "backend %q has slots and no route", name)
		}
		if err := s[name].validate(name); err != nil {
			return err
		}
	}
	return nil
}
