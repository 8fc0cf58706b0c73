package deploy

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/postgres"
)

// dumpScript writes a dump on the server itself: under another name until it is
// whole, for nobody else to read.
//
//go:embed dump.sh
var dumpScript string

// planDumps dumps each PostgreSQL of the infrastructure that runs, before what may
// change what is in it: a migration that has not run as it is now, or a container
// that is made anew.
func (r *rollout) planDumps(t *todo, after []plan.Edge) ([]plan.Edge, error) {
	var migrations []string
	if t.Release {
		migrations = deploy.Migrations(r.Project, r.release, r.from)
	}
	for _, name := range infra.PostgreSQL(r.Project) {
		cause := ""
		switch {
		case slices.Contains(t.withVolumes(), name):
			cause = "it is made anew"
		case len(migrations) > 0:
			cause = "before " + strings.Join(migrations, ", ")
		}
		wanted, err := deploy.Dumped(r.Project, name)
		if err != nil {
			return nil, err
		}
		c, there := r.infraContainer(name)
		switch {
		case cause == "" || !there || r.roles[name] != deploy.Infra:
		case !wanted:
			t.lines = append(t.lines, name+": not dumped, as x-spellbook says")
		case c.State != "running":
			t.lines = append(t.lines, fmt.Sprintf("%s: not dumped, as it is %s", name, c.State))
		default:
			t.lines = append(t.lines, fmt.Sprintf("%s: dumped first, %s", name, cause))
			id := plan.ID("dump database " + name)
			t.before.Add(plan.Step{ID: id, Service: name, After: after, Cause: cause,
				Action: plan.DumpDatabase{Service: name, Path: r.Store.DumpPath(deploy.DumpName(r.release.ID, name))}})
			after = append(slices.Clone(after), plan.Needs(id))
		}
	}
	return after, nil
}

// infraContainer is a service's container of the infrastructure.
func (r *rollout) infraContainer(service string) (observe.Container, bool) {
	for _, c := range r.Seen.Containers[""] {
		if c.Labels[deploy.LabelService] == service {
			return c, true
		}
	}
	return observe.Container{}, false
}

// Dump is part of execute's dumper. Nothing of the dump travels.
func (r *rollout) Dump(ctx context.Context, a plan.DumpDatabase, note func(engine.Note)) error {
	c, _ := r.infraContainer(a.Service)
	part, name := r.Store.DumpPath(".part-"+a.Service), "deploy-"+r.release.ID
	var said bytes.Buffer
	argv := append([]string{"/bin/sh", "-c", dumpScript, "sh", c.Name, a.Path, part, postgres.Complete}, postgres.Dump(name)...)
	stop := r.growing(ctx, part, note)
	err := r.Server.Run(ctx, ssh.Command{Argv: argv, Stdin: strings.NewReader(r.passwords[a.Service].Reveal() + "\n"), Stderr: &said})
	stop()
	if err == nil {
		r.dumped = append(r.dumped, a.Path)
		size := r.Store.Size(a.Path)
		note(engine.Note{Current: size, Total: size})
		return r.pruneDumps(r.releaseIDs())
	}
	late, cancel := app.Detached(ctx, 10*time.Second)
	defer cancel()
	_, _, _ = r.Engine.Exec(late, c.ID, postgres.End(name), nil) // the container goes on with what nobody waits for
	var exit *ssh.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	lines := strings.Split(strings.TrimSpace(said.String()), "\n")
	return failure.New(failure.Preflight, "dump %s: %s", a.Service, lines[0]).WithDetails(lines[1:]...).
		WithHint("nothing was changed; x-spellbook: {dump: false} at %s deploys without a dump", a.Service)
}

// growing tells how far the dump has come until the function that it returns is
// called.
func (r *rollout) growing(ctx context.Context, path string, note func(engine.Note)) func() {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for tick := time.NewTicker(time.Second); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
				if size := r.Store.Size(path); size > 0 {
					note(engine.Note{Current: size})
				}
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// releaseIDs are those that the server keeps, and the one on its way.
func (r *rollout) releaseIDs() []string {
	ids := []string{r.release.ID}
	for _, one := range r.Seen.Releases {
		ids = append(ids, one.ID)
	}
	return ids
}

// pruneDumps removes the dumps that are older than what is kept.
func (r *rollout) pruneDumps(releases []string) error {
	names, err := r.Store.Dumps()
	if err != nil {
		return err
	}
	for _, name := range deploy.SurplusDumps(names, releases, r.Settings.Keep) {
		if err := r.Store.RemoveDump(name); err != nil {
			return err
		}
	}
	return nil
}
