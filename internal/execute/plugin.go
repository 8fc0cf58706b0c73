package execute

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/readiness"
)

// ProbeTimeout is how long a plugin may look once whether a service is ready.
const ProbeTimeout = 5 * time.Second

// PluginRun is what a call of a plugin is told of the running stack: where its
// ports are published, and the variables that it declares.
func PluginRun(ctx context.Context, s *load.Session, p *pluginhost.Plugin, limit time.Duration) (pluginhost.Run, error) {
	containers, err := s.Client.Containers(ctx, s.Project.Name)
	if err != nil {
		return pluginhost.Run{}, err
	}
	run := pluginhost.Run{ID: s.Run.Now().UTC().Format("20060102T150405.000000000"), Project: s.Project.Name, Environment: s.Project.Env,
		Endpoints: map[string]string{}}
	if limit > 0 {
		run.Deadline = s.Run.Now().Add(limit)
	}
	run.Config, run.Secrets = plugins.Values(p, s.Plugins.File, s.Plugins.Shell)
	for _, e := range p.Manifest.Endpoints {
		if at := published(containers, e, s.Client.Endpoint.Host); at != "" {
			run.Endpoints[e.Name] = at
		}
	}
	return run, nil
}

// published is where a running service's port is reached from here; "" where it
// is not.
func published(containers []observe.Container, e manifest.Endpoint, engine string) string {
	for _, c := range containers {
		if c.Service != e.Service || c.State != "running" {
			continue
		}
		for _, port := range c.Ports {
			if port.Container == e.Port && port.Host != 0 && (port.Proto == "" || port.Proto == "tcp") {
				return net.JoinHostPort(reachable(port.IP, engine), strconv.Itoa(int(port.Host)))
			}
		}
	}
	return ""
}

// reachable is the address of a published port, seen from here: that of the
// engine's machine where the port is on all of its addresses or on its loopback.
func reachable(ip, engine string) string {
	addr := net.ParseIP(strings.Trim(ip, "[]"))
	if addr != nil && !addr.IsUnspecified() && !addr.IsLoopback() {
		return ip
	}
	if u, err := url.Parse(engine); err == nil && u.Hostname() != "" && u.Scheme != "unix" && u.Scheme != "npipe" {
		return u.Hostname()
	}
	return "127.0.0.1"
}

// probe asks a plugin until its service is ready.
func (r *Runner) probe(ctx context.Context, name, service string, note func(engine.Note)) error {
	p, ok := r.Session.Plugins.Plugin(name)
	if !ok {
		return fmt.Errorf("probe service %q: plugin %q is not in use", service, name)
	}
	r.begin(name)
	err := readiness.AwaitAttempt(ctx, func(ctx context.Context) (bool, string, error) { return r.attempt(ctx, p, service) },
		RememberProbe(r.Session.Plugins, name, service, note))
	if err == nil {
		r.end(name)
	}
	return err
}

// RememberProbe keeps the last that a plugin says of a service that is not ready.
func RememberProbe(g *plugins.InUse, plugin, service string, note func(engine.Note)) func(engine.Note) {
	return func(n engine.Note) {
		g.ProbeNotes.Store(service, "; plugin "+plugin+": "+n.Text)
		note(n)
	}
}

// attempt is one look. A plugin that does not answer is asked again; one that is
// broken is not.
func (r *Runner) attempt(ctx context.Context, p *pluginhost.Plugin, service string) (bool, string, error) {
	run, err := PluginRun(ctx, r.Session, p, ProbeTimeout)
	if err != nil {
		return false, "", err
	}
	limited, cancel := context.WithTimeout(ctx, ProbeTimeout)
	defer cancel()
	found, err := r.Session.Plugins.Session().Probe(limited, p, run, service)
	switch {
	case err != nil && errors.Is(limited.Err(), context.DeadlineExceeded) && ctx.Err() == nil:
		return false, "no answer in " + ProbeTimeout.String(), nil
	case err != nil:
		return false, "", err
	case found.Fatal:
		return false, "", PluginNotReady(p, found)
	}
	return found.Ready, found.Reason, nil
}

// PluginNotReady is the error of a service that its plugin does not find ready.
func PluginNotReady(p *pluginhost.Plugin, found pluginhost.Probed) error {
	why, hint := found.Reason, "mage plugin:info "+p.Manifest.Name
	if d := found.Diagnostic; d != nil {
		why = d.Summary
		if d.Hint != "" {
			hint = d.Hint
		}
	}
	return failure.New(failure.NotReady, "plugin %s: %s", p.Manifest.Name, why).WithHint("%s", hint)
}

// hook calls a hook of a plugin; what it brings about is noted.
func (r *Runner) hook(ctx context.Context, a plan.CallHook, note func(engine.Note)) error {
	p, ok := r.Session.Plugins.Plugin(a.Plugin)
	if !ok {
		return fmt.Errorf("run hook %s: plugin %q is not in use", a.Hook, a.Plugin)
	}
	r.begin(a.Plugin)
	run, err := PluginRun(ctx, r.Session, p, a.Timeout)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, a.Timeout)
	defer cancel()
	err = r.Session.Plugins.Session().Hook(limited, p, run, a.Hook, func(e pluginhost.Event) {
		if n, told := noteOf(e); told {
			note(n)
		}
	})
	if err == nil {
		r.end(a.Plugin)
	}
	return err
}

// noteOf is what a reader is told of an event.
func noteOf(e pluginhost.Event) (engine.Note, bool) {
	switch {
	case e.Resource != nil:
		return engine.Note{Text: e.Resource.Kind + " " + e.Resource.Name + " " + e.Resource.Change, Lasting: e.Resource.Change != "existed"}, true
	case e.Progress != nil:
		return engine.Note{Text: e.Progress.Text}, true
	case e.Line != nil:
		return engine.Note{Text: e.Line.Message, Warning: e.Line.Level == "warn" || e.Line.Level == "error"}, e.Line.Level != "debug"
	}
	return engine.Note{}, false
}
