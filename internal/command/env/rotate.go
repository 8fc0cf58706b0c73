package env

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/composefiles"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Rotate generates a new value for a secret in an environment, the active one
// when env is empty, and says which services have the old one.
func Rotate(ctx context.Context, w *app.Run, variable, env string) error {
	return load.WithEnv(ctx, w, func(ctx context.Context, d *load.EnvContext) error {
		name, err := d.EnvironmentOrActive(env)
		if err != nil {
			return err
		}
		if environ.IsCommitted(name) {
			return failure.New(failure.Usage, "%s is committed: a secret in it is none", d.Layout.EnvDir+"/.env."+name).
				WithHint("name another environment: -env=NAME")
		}
		if err := d.Writable(name); err != nil {
			return err
		}
		t, err := d.Template()
		if err != nil {
			return err
		}
		e, err := environ.ReadEnvironment(d.Dirs, name)
		if err != nil {
			return err
		}
		g := d.PluginsOf(ctx, e)
		g.WarnBroken(w)
		t = t.Declaring(g.Declared()...)
		_, err = environ.Edit(ctx, d.Dirs, name, func(doc dotenv.Document) (dotenv.Document, error) {
			return environ.Rotate(doc, t, variable, rand.Reader)
		})
		if err != nil {
			return err
		}
		return tellRotated(ctx, d, name, variable, t, g)
	})
}

// tellRotated says what has to happen for the new value to be in force.
func tellRotated(ctx context.Context, d *load.EnvContext, name, variable string, t environ.Template, g plugins.Declarations) error {
	e, err := environ.ReadEnvironment(d.Dirs, name)
	if err != nil {
		return err
	}
	_ = d.Run.Say("%s has a new value in %s\n", variable, e.File)
	d.NoteCopy(name)
	if v, _ := t.Variable(variable); v.Description != "" {
		d.Run.Tell("note: %s", v.Description)
	}
	if _, inShell := d.Shell(variable); inShell {
		d.Run.Tell("note: the shell sets %s as well, and wins", variable)
	}
	p, err := d.Model(ctx, e)
	if err != nil {
		d.Run.Tell("note: which services read it is not known: %s", err)
		return nil
	}
	services := readersOf(d, e, p, g.Uses(p), variable)
	if len(services) == 0 {
		return d.Run.Say("no service reads it\n")
	}
	return d.Run.Say("to be recreated: %s\n→ %s\n", strings.Join(services, ", "), recreating(d, name, p, services))
}

// recreating is what has to be typed so that these services get the new value.
// Those of the backend's file are dev:up's, which makes them anew as their
// definition is another one.
func recreating(d *load.EnvContext, name string, p *project.Project, services []string) string {
	var commands []string
	if active, _, err := environ.Active(d.Dirs); err == nil && active != name {
		commands = append(commands, "mage env:use "+name)
	}
	var stack, backend []string
	for _, service := range services {
		if slices.ContainsFunc(p.Files, func(file string) bool {
			return file != p.BackendFile() && slices.Contains(composefiles.Services(file), service)
		}) {
			stack = append(stack, service)
		} else {
			backend = append(backend, service)
		}
	}
	if len(stack) > 0 {
		commands = append(commands, "mage infra:recreate -services="+strings.Join(stack, ","))
	}
	if len(backend) > 0 {
		commands = append(commands, "mage dev:up -services="+strings.Join(backend, ","))
	}
	return strings.Join(commands, ", then ")
}

// readersOf are the services that read a variable, or one that is made of it.
func readersOf(d *load.EnvContext, e environ.Environment, p *project.Project, uses []project.Use, variable string) []string {
	made := madeOf(e.Document, variable)
	services := map[string]bool{}
	for _, u := range append(p.Uses(), uses...) {
		if u.Service != "" && made[u.Variable] {
			services[u.Service] = true
		}
	}
	for _, x := range p.Deliveries() {
		if x.EnvFile && made[x.Variable] && (x.File == e.File || x.File == d.Layout.EnvLink) {
			services[x.Service] = true
		}
	}
	return slices.Sorted(maps.Keys(services))
}

// madeOf are the variable and all whose values refer to it.
func madeOf(doc dotenv.Document, variable string) map[string]bool {
	made := map[string]bool{variable: true}
	for more := true; more; {
		more = false
		for _, entry := range doc.Entries {
			for _, m := range entry.Mentions() {
				if made[m.Name] && entry.Name != "" && !made[entry.Name] {
					made[entry.Name], more = true, true
				}
			}
		}
	}
	return made
}
