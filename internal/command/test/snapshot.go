package test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sourcegraph/conc/pool"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/execute"
	planner "github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/sandbox"
	"github.com/infinitescribe/spellbook/internal/snapshot"
)

// beginning is what a stack that is not there yet begins with.
type beginning struct {
	*starting
	run   *app.Run
	scope snapshot.Scope
	store snapshot.Store
}

// beginWith has a stack that is not there yet begin with what the one-shots of an earlier
// one came to. Where nobody has kept that, this stack keeps it: its databases and one-shots
// run alone first. Whatever stands against a snapshot is told, and the stack begins without.
func (t *starting) beginWith(ctx context.Context, run *app.Run, o *infra.UpOptions) error {
	b := &beginning{starting: t, run: run, store: snapshot.Store{Engine: t.session.Client, Now: run.Now, Stack: t.Project}}
	if t.options.Same {
		if err := t.same(ctx); err != nil {
			return err
		}
	}
	if t.options.Tmpfs {
		return nil
	}
	if fresh, err := t.fresh(ctx); !fresh || err != nil || t.without {
		return err
	}
	found, err := b.look(ctx)
	if err == nil && b.scope.Why != "" {
		t.run.Tell("note: %s", b.scope.Why)
	}
	if err != nil || !found {
		return b.told(ctx, err)
	}
	kept, err := b.store.Find(ctx, b.scope.Digest)
	if err == nil && kept == nil {
		up, err := b.keep(ctx)
		if up { // and its databases were stopped since
			o.Snapshot = &planner.Snapshot{Held: b.scope.Held}
		}
		return b.told(ctx, err)
	}
	if err != nil {
		return b.told(ctx, err)
	}
	for _, name := range kept.Held {
		t.run.Tell("%s is done: its work is in snapshot %s", name, kept.Digest)
	}
	o.Snapshot, o.Fills = &planner.Snapshot{Digest: kept.Digest, Volumes: b.scope.Volumes, Held: kept.Held}, b
	return t.note(ctx, func(r *sandbox.Record) { r.Filling = true })
}

// note changes the record, where that makes it another.
func (t *starting) note(ctx context.Context, change func(*sandbox.Record)) error {
	before := t.record
	if change(&t.record); before.Filling == t.record.Filling && before.Digest == t.record.Digest {
		return nil
	}
	unlock, err := lock(ctx, t.run, t.place, t.options.Target)
	if err != nil {
		return err
	}
	defer unlock()
	if now, ok := t.place.Read(); ok { // another run may have prolonged it
		t.record.Until, t.record.Keep = now.Until, now.Keep
	}
	return promise(t.run, t.place, t.record)
}

// told says what is in the way of a snapshot; only the end of the run is an error.
func (b *beginning) told(ctx context.Context, err error) error {
	var own *upError
	switch {
	case errors.As(err, &own):
		return own.error
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return err
	}
	b.starting.run.Tell("note: no snapshot: %s", err)
	return nil
}

// fresh reports whether nothing of the stack is there. What a fill that was cut has left is
// removed first: half a database is none.
func (t *starting) fresh(ctx context.Context) (bool, error) {
	if t.record.Filling {
		if _, err := removeFromEngine(ctx, t.run, t.place, t.record); err != nil {
			return false, err
		}
		t.record.Filling = false
	}
	containers, err := t.session.Client.Containers(ctx, t.Project)
	if err != nil || len(containers) > 0 {
		return false, err
	}
	volumes, err := t.session.Client.Volumes(ctx, t.Project)
	if err != nil || len(volumes) > 0 {
		return false, err
	}
	return true, forgetRun(t.place, t.Project) // somebody may have removed it by hand
}

// look finds what a snapshot would be of; false where there is nothing, or an image is not
// here yet, by which it is known.
func (b *beginning) look(ctx context.Context) (bool, error) {
	images, err := b.images(ctx)
	if err != nil {
		return false, err
	}
	if b.scope, err = snapshot.Of(b.session.Project, images); err != nil || b.scope.Digest == "" {
		return false, err
	}
	for _, ref := range b.scope.Images {
		if _, here := images[ref]; !here {
			return false, nil
		}
	}
	return true, b.portsApart()
}

// images are those of the services that the engine has now, by reference.
func (t *starting) images(ctx context.Context) (map[string]docker.ImageConfig, error) {
	images := map[string]docker.ImageConfig{}
	for _, name := range t.session.Project.Services() {
		ref := t.session.Project.Model.Services[name].Image
		if _, known := images[ref]; known || ref == "" {
			continue
		}
		config, found, err := t.session.Client.ImageConfig(ctx, ref)
		if err != nil {
			return nil, err
		}
		if found {
			images[ref] = config
		}
	}
	return images, nil
}

// portsApart refuses what would be another snapshot for each stack.
func (b *beginning) portsApart() error {
	for _, service := range b.scope.Services {
		for what, text := range texts(b.session.Project, service) {
			for _, p := range b.ports {
				if strings.Contains(text, strconv.Itoa(int(b.record.Ports[p.Key]))) {
					return fmt.Errorf("%s of %s has a port of this stack", what, service)
				}
			}
		}
	}
	return nil
}

// texts are what of a service may name a port, by what each is called.
func texts(p *project.Project, service string) map[string]string {
	s := p.Model.Services[service]
	all := map[string]string{"the command": strings.Join(s.Command, " "), "the entrypoint": strings.Join(s.Entrypoint, " ")}
	for name, value := range s.Environment {
		if value != nil {
			all[name] = *value
		}
	}
	for _, hook := range slices.Concat(s.PostStart, s.PreStop) {
		all["a hook"] += " " + strings.Join(hook.Command, " ")
		for _, value := range hook.Environment {
			if value != nil {
				all["a hook"] += " " + *value
			}
		}
	}
	for _, ref := range s.Configs {
		c := p.Model.Configs[ref.Source]
		all["config "+ref.Source] = c.Content + " " + p.Variable(c.Environment)
	}
	for _, ref := range s.Secrets {
		all["secret "+ref.Source] = p.Variable(p.Model.Secrets[ref.Source].Environment)
	}
	return all
}

// upError is what failed is the stack, and no snapshot of it.
type upError struct{ error }

// keep brings up what the snapshot is of, ends it cleanly and has the volumes copied. Where
// another run is at the same snapshot it is left to that, and up is false.
func (b *beginning) keep(ctx context.Context) (up bool, err error) {
	l, err := load.NewFileLock(b.run, b.session.Layout, "snapshot-"+b.scope.Digest)
	if err != nil {
		return false, err
	}
	defer l.Close()
	if got, err := l.Try(); !got || err != nil {
		return false, err
	}
	defer l.Hold("the snapshot "+b.scope.Digest, b.run.Now())()
	s, err := b.loadOwn(ctx, b.run, b.scope.Services, b.place.Overrides())
	if err != nil {
		return false, &upError{err}
	}
	defer s.Close()
	var out bytes.Buffer
	run := *b.run
	run.Out = &out
	u := &infra.UpRun{Session: s, Run: &run, Format: run.Format(false), Began: run.Now(), Options: b.upOptions(b.scope.Services)}
	if err := s.Explained(u.Do(ctx)); err != nil {
		_, _ = b.run.Out.Write(out.Bytes())
		return false, &upError{b.explained(err)}
	}
	return true, b.save(ctx, s.Client)
}

// save ends what is up and has its volumes copied.
func (b *beginning) save(ctx context.Context, c *docker.Client) error {
	if err := b.end(ctx, c); err != nil {
		return err
	}
	before := b.scope.Digest
	if found, err := b.look(ctx); err != nil || !found || b.scope.Digest != before {
		return errors.Join(err, errors.New("what it is made of has changed meanwhile"))
	}
	kept, err := b.store.Save(ctx, before, b.scope.Volumes, b.scope.Held, b.scope.Images)
	if err != nil || kept == nil {
		return err
	}
	b.starting.run.Tell("kept as snapshot %s, with which the next stack begins: %s", before, strings.Join(slices.Concat(b.scope.Held, kept.Parts), ", "))
	return nil
}

// killed is the exit code of what did not end by itself.
const killed = 137

// end stops the services, all at once, and makes sure that none was killed over it: a
// database that was has not written all.
func (b *beginning) end(ctx context.Context, c *docker.Client) error {
	list, err := c.Containers(ctx, b.Project)
	if err != nil {
		return err
	}
	all := pool.New().WithErrors().WithFirstError()
	for _, one := range list {
		if one.State == "running" {
			all.Go(func() error { return c.Stop(ctx, one.ID) })
		}
	}
	if err := all.Wait(); err != nil {
		return err
	}
	if list, err = c.Containers(ctx, b.Project); err != nil {
		return err
	}
	for _, one := range list {
		if one.State != "exited" || one.ExitCode == killed {
			return fmt.Errorf("%s did not end when it was asked to: %s", one.Name, one.Status)
		}
	}
	return nil
}

var errOther = errors.New("the snapshot is of something else than is there now")

// Fill is execute.Filler.
func (b *beginning) Fill(ctx context.Context, a plan.FillVolumes) error {
	kept, err := b.store.Find(ctx, a.Digest)
	if err != nil {
		return err
	}
	images, err := b.images(ctx) // some may have been pulled or built since
	if err != nil {
		return err
	}
	now, err := snapshot.Of(b.session.Project, images)
	switch {
	case err != nil:
		return err
	case now.Digest != a.Digest:
		err = errOther
		b.anew = "what snapshot " + a.Digest + " is of has changed meanwhile: once more, without it"
	case kept == nil:
		err = snapshot.ErrGone
	default:
		err = b.store.Fill(ctx, *kept, a.Volumes, now.Images)
	}
	if errors.Is(err, snapshot.ErrGone) {
		b.anew = "the snapshot " + a.Digest + " is gone: once more, without it"
	}
	b.without = b.anew != ""
	return err
}

var _ execute.Filler = (*beginning)(nil)
