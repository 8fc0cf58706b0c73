// Package dev holds the dev:* commands, which build and bring up what the
// sources say. It may import the build and infra commands, whose runs it
// repeats.
package dev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/develop"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/watch"
)

// devWatch is what the target is called in locks and reports.
const devWatch = "dev:watch"

// WatchOptions are the flags of dev:watch.
type WatchOptions struct{ Services []string }

// Watch brings the stack with the application's own services to ready, and
// then, until it is interrupted, rebuilds what a change of files affects and
// restarts what uses it: a line for each build. What fails is told and leaves
// running what ran before.
func Watch(ctx context.Context, w *app.Run, o WatchOptions) error {
	w.SurviveClosedPipe()
	quiet := w.WithoutSignals()
	return quiet.Guard(ctx, func(ctx context.Context) error {
		ctx, stop := app.UntilSignal(ctx, quiet.OwnSignals(w.Signals))
		defer stop()
		done := make(chan struct{})
		defer close(done)
		context.AfterFunc(ctx, func() {
			var s app.Signalled
			if errors.As(context.Cause(ctx), &s) {
				w.ForceExit(s, done)
			}
		})
		d := &watcher{w: quiet, o: o, format: quiet.Format(false), last: map[string]image.Record{}, due: map[string]bool{}}
		return d.run(ctx)
	})
}

// watcher is one dev:watch at work.
type watcher struct {
	w       *app.Run
	o       WatchOptions
	format  app.Format
	world   *watchState
	batches <-chan watch.Batch
	stop    func()                  // ends the watch
	last    map[string]image.Record // of each build, what was last made and tried
	due     map[string]bool         // the builds that a rule asks for, until they are made
	sends   map[string]*delivery    // of each service with develop.watch
	seen    map[string]develop.Tree // by the key of a rule, what the last look found
	warned  map[string]bool         // by its text, what was warned of
	ready   bool                    // the stack has been, and is but for what was told
	behind  bool                    // something other than the sources was in the way
	wrong   bool                    // something was told that is not mended
}

func (d *watcher) run(ctx context.Context) (err error) {
	if d.world, err = d.open(ctx); err != nil {
		return err
	}
	defer func() { d.world.close() }()
	if err := d.follow(ctx); err != nil {
		return err
	}
	defer func() { d.stop() }()
	d.tellRules()
	if err := d.begin(ctx); err != nil {
		return d.cut(ctx, err)
	}
	d.deliver(ctx, true, nil)
	d.say("watching the files of %s (Ctrl-C ends it)", strings.Join(d.world.services, ", "))
	for {
		select {
		case <-ctx.Done():
			return d.end(ctx)
		case batch := <-d.batches:
			d.handle(ctx, batch)
		}
	}
}

// begin builds what has changed and brings the stack up, as dev:up does. What
// fails there by the sources is told, and may be mended while it is watched.
func (d *watcher) begin(ctx context.Context) error {
	if err := d.world.stack.NotDeployed(ctx, devWatch); err != nil {
		return err
	}
	if err := d.up(d.w, d.format).Take(ctx); err != nil {
		return err
	}
	if goOn, err := d.beginBuilds(ctx); err != nil || !goOn {
		return err
	}
	u := d.up(d.w, d.format)
	err := u.Do(ctx)
	if failure.CodeOf(err) == failure.NotReady {
		return d.reported(ctx, err)
	}
	d.ready = err == nil
	return err
}

// beginBuilds builds what has changed; goOn is false where it was told why that
// cannot be.
func (d *watcher) beginBuilds(ctx context.Context) (goOn bool, err error) {
	if len(d.world.built) == 0 {
		return true, nil
	}
	b := d.building(d.format)
	if err := b.Do(ctx); err != nil {
		for _, one := range b.Chosen {
			if b.Made.Of(one.Name).Failed != nil || ctx.Err() == nil && d.moved(ctx, b, one.Name) {
				for _, each := range b.Chosen { // with only sync rules nothing would ask for them again
					d.due[each.Name] = true
				}
				return false, d.reported(ctx, err)
			}
		}
		return false, err
	}
	for _, one := range b.Chosen {
		d.last[one.Name] = b.Records[one.Name]
	}
	return true, nil
}

// reported prints an error that does not end the watch.
func (d *watcher) reported(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	d.wrong = true
	d.complain(err)
	return nil
}

// mask hides the values of secrets in what others said.
func (d *watcher) mask(text string) string { return d.world.stack.Project.MaskValues(text) }

// warnOnce prints a warning that was not printed before.
func (d *watcher) warnOnce(format string, args ...any) {
	text := d.mask(fmt.Sprintf(format, args...))
	if d.warned[text] {
		return
	}
	if d.warned == nil {
		d.warned = map[string]bool{}
	}
	d.warned[text] = true
	d.w.Tell("warning: %s", text)
}

// complain prints an error.
func (d *watcher) complain(err error) {
	d.w.Tell("%s", d.mask("Error: "+err.Error()))
}

// cut is the error of a start that a signal ended; others stay as they are.
func (d *watcher) cut(ctx context.Context, err error) error {
	var s app.Signalled
	if !errors.As(context.Cause(ctx), &s) {
		return err
	}
	return d.w.Interrupted(s, err)
}

// end says that it is over, which is no error: nothing else ends a watch.
func (d *watcher) end(ctx context.Context) error {
	d.say("no longer watching; the containers go on running (mage infra:down ends them)")
	return app.EndedBySignal(ctx, context.Cause(ctx))
}

func (d *watcher) say(format string, args ...any) {
	_ = d.w.Say(format+"\n", args...)
}

// handle does what a batch of changes asks for.
func (d *watcher) handle(ctx context.Context, batch watch.Batch) {
	all := batch.All || batch.More > 0
	settings, ignored := d.world.touched(batch.Paths)
	var reloaded *watchLine
	if all || len(settings) > 0 {
		var ok bool
		if reloaded, ok = d.reload(ctx, settings); !ok {
			return
		}
	}
	if all || ignored {
		if err := d.follow(ctx); err != nil {
			_ = d.reported(ctx, err)
			return
		}
	}
	d.ask()
	if reloaded == nil {
		d.deliver(ctx, false, d.replaced())
	}
	if reloaded != nil || d.builds() {
		d.rebuildAll(ctx, reloaded)
		d.deliver(ctx, true, nil)
	}
}

// silent is a copy of w whose progress nobody sees.
func silent(w *app.Run) *app.Run {
	quiet := *w
	quiet.Out, quiet.Err, quiet.OutTerminal, quiet.ErrTerminal = io.Discard, io.Discard, false, false
	return &quiet
}
