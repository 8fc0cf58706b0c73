package test

import (
	"context"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/sandbox"
	"github.com/infinitescribe/spellbook/internal/state"
)

// Stop gives the stack back. Nobody else using it, it is removed, unless it is to be
// kept: then it stays as long as that.
func (s *Stack) Stop(ctx context.Context) error {
	ctx, cancel := app.Detached(ctx, stopTimeout)
	defer cancel()
	if s.keep > 0 {
		err := renew(ctx, s.run, s.place, s.keep)
		s.release()
		return err
	}
	s.release()
	defer s.run.Finishing("removing the stack " + s.Name)()
	return removeUnused(ctx, s.run, s.place, "the end of a test")
}

func (s *Stack) release() {
	s.userLease.Release()
	s.lease.Release()
}

// stopTimeout is how long the removal of a stack may take.
const stopTimeout = 2 * time.Minute

// renew lets a stack stay for keep from now on, unless it stays longer already.
func renew(ctx context.Context, w *app.Run, p sandbox.Place, keep time.Duration) error {
	unlock, err := lock(ctx, w, p, "test:up")
	if err != nil {
		return err
	}
	defer unlock()
	r, ok := p.Read()
	if until := w.Now().Add(keep).Truncate(time.Second); ok && until.After(r.Until) {
		r.Until, r.Keep = until, max(r.Keep, keep)
		return promise(w, p, r)
	}
	return nil
}

// machine is where a stack is to be.
type machine struct {
	client    *docker.Client
	variables []string // NAME=value, that say where its engine is
	address   string   // of its ports, for this machine
	remote    bool
}

// machineVariable is the address of a machine for tests.
const machineVariable = "TEST_MACHINE_IP"

const loopback = "127.0.0.1"

func isLoopback(address string) bool {
	ip := net.ParseIP(address)
	return address == "localhost" || ip != nil && ip.IsLoopback()
}

// machineOf is where the engine is that the environment names, or the one by ssh on the machine
// that it names for tests.
func machineOf(plain *load.Session) machine {
	m := machine{client: plain.Client, address: loopback, remote: plain.Client.Remote()}
	for _, name := range load.EngineVariables {
		if value := app.Lookup(plain.Environ, name); value != "" {
			m.variables = append(m.variables, name+"="+value)
		}
	}
	if len(m.variables) == 0 { // the Docker CLI's own setting may be another tomorrow
		m.variables = []string{"DOCKER_HOST=" + plain.Client.Endpoint.Host}
		if _, name, ok := strings.Cut(plain.Client.Endpoint.Origin, "context "); ok {
			m.variables = []string{"DOCKER_CONTEXT=" + strings.Trim(name, `"`)}
		}
	}
	if u, err := url.Parse(plain.Client.Endpoint.Host); m.remote && err == nil && u.Hostname() != "" {
		m.address = u.Hostname()
	}
	if ip := hostOf(plain.Project.Variable(machineVariable)); ip != "" {
		m.address = ip
	}
	return m
}

// onMachine is a run whose engine is that of the machine for tests, where one is named
// and no engine is.
func onMachine(w *app.Run, plain *load.Session) (*app.Run, bool) {
	to := plain.Project.Variable(machineVariable)
	engine := func(name string) bool { return app.Lookup(plain.Environ, name) != "" }
	if to == "" || isLoopback(to) || slices.ContainsFunc(load.EngineVariables, engine) {
		return w, false
	}
	there := *w
	there.Environ = append(slices.Clone(w.Environ), "DOCKER_HOST=ssh://"+to)
	return &there, true
}

// hostOf is USER@HOST without the user.
func hostOf(text string) string { return text[strings.LastIndex(text, "@")+1:] }

// portsOn are the ports that containers have.
func portsOn(list []docker.Container) map[uint16]bool {
	ports := map[uint16]bool{}
	for _, c := range list {
		for _, p := range c.Ports {
			ports[p.Host] = true
		}
	}
	return ports
}

// writeVariables writes the values of the environment as programs on this machine
// need them.
func (t *starting) writeVariables(own *load.Session) error {
	found, err := own.Project.Resolve(nil)
	if err != nil {
		return err
	}
	all, values := found.Reveal(), map[string]string{}
	for _, v := range found.Variables {
		if value, ok := all[v.Name]; ok && dotenv.IsShellName(v.Name) {
			values[v.Name] = value
		}
	}
	maps.Copy(values, sandbox.Overlay(t.Project, t.ports, t.record.Ports))
	plain := values
	values = sandbox.Variables(plain, t.ports, t.record.Ports, t.record.Address)
	var withheld []string
	if len(t.options.Services) > 0 {
		withheld = sandbox.Withhold(values, plain, t.ports, sandbox.AbsentOf(own.Project))
	}
	if set := slices.DeleteFunc(slices.Clone(withheld), func(name string) bool { return plain[name]+app.Lookup(t.run.Environ, name) == "" }); len(set) > 0 {
		t.run.Tell("note: not among the stack's variables, as they lead to services that it has not got: %s", strings.Join(set, ", "))
	}
	t.Variables = nil
	for _, name := range slices.Sorted(maps.Keys(values)) {
		t.Variables = append(t.Variables, name+"="+values[name])
	}
	text, err := environ.Export(environ.ExportOptions{Values: values, Only: slices.Sorted(maps.Keys(values))})
	if err != nil {
		return err
	}
	if err := state.Write(t.EnvFile, []byte(text)); err != nil || slices.Equal(withheld, t.record.Withheld) {
		return err
	}
	t.record.Withheld = withheld
	return promise(t.run, t.place, t.record)
}

// Withheld are names of variables that must not come from a process's own environment
// either: they lead to services that the stack has not got.
func (s *Stack) Withheld() []string { return s.record.Withheld }
