package workflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/watch"
)

// devWatch is what the target is called in locks and reports.
const devWatch = "dev:watch"

// DevWatchOptions are the flags of dev:watch.
type DevWatchOptions struct{ Services []string }

// DevWatch brings the stack with the application's own services to ready, and
// then, until it is interrupted, rebuilds what a change of files affects and
// restarts what uses it: a line for each build. What fails is told and leaves
// running what ran before.
func (w *Workflow) DevWatch(ctx context.Context, o DevWatchOptions) error {
	w.survivePipe()
	quiet := w.withoutSignals()
	return quiet.guarded(ctx, func(ctx context.Context) error {
		ctx, stop := untilSignal(ctx, quiet.ownSignals(w.Signals))
		defer stop()
		done := make(chan struct{})
		defer close(done)
		context.AfterFunc(ctx, func() {
			var s signalled
			if errors.As(context.Cause(ctx), &s) {
				w.impatient(s, done)
			}
		})
		d := &dev{w: quiet, o: o, format: quiet.format(false), last: map[string]image.Record{}}
		return d.run(ctx)
	})
}

// dev is one dev:watch at work.
type dev struct {
	w       *Workflow
	o       DevWatchOptions
	format  format
	world   *devWorld
	batches <-chan watch.Batch
	stop    func()                  // ends the watch
	last    map[string]image.Record // of each build, what was last made and tried
	ready   bool                    // the stack has been, and is but for what was told
	behind  bool                    // something other than the sources was in the way
	wrong   bool                    // something was told that is not mended
}

func (d *dev) run(ctx context.Context) (err error) {
	if d.world, err = d.open(ctx); err != nil {
		return err
	}
	defer func() { d.world.close() }()
	if err := d.follow(ctx); err != nil {
		return err
	}
	defer func() { d.stop() }()
	if err := d.begin(ctx); err != nil {
		return d.cut(ctx, err)
	}
	d.say("watching the files of %s (Ctrl-C ends it)", strings.Join(d.world.services, ", "))
	for {
		select {
		case <-ctx.Done():
			return d.end(ctx)
		case batch := <-d.batches:
			d.turn(ctx, batch)
		}
	}
}

// begin builds what has changed and brings the stack up, as dev:up does. What
// fails there by the sources is told, and may be mended while it is watched.
func (d *dev) begin(ctx context.Context) error {
	if err := d.up(d.w, d.format).take(ctx); err != nil {
		return err
	}
	b := d.building(d.format)
	if err := b.run(ctx); err != nil {
		for _, one := range b.chosen {
			if b.made.of(one.Name).failed != nil || ctx.Err() == nil && d.moved(ctx, b, one.Name) {
				return d.told(ctx, err)
			}
		}
		return err
	}
	for _, one := range b.chosen {
		d.last[one.Name] = b.records[one.Name]
	}
	u := d.up(d.w, d.format)
	err := u.run(ctx)
	if failure.CodeOf(err) == failure.NotReady {
		return d.told(ctx, err)
	}
	d.ready = err == nil
	return err
}

// told prints an error that does not end the watch.
func (d *dev) told(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	d.wrong = true
	text := "Error: " + err.Error()
	if d.w.ErrTerminal {
		text = report.Hang(text, d.w.columns(), 0)
	}
	_, _ = fmt.Fprintln(d.w.Err, text)
	return nil
}

// cut is the error of a start that a signal ended; others stay as they are.
func (d *dev) cut(ctx context.Context, err error) error {
	var s signalled
	if !errors.As(context.Cause(ctx), &s) {
		return err
	}
	return interrupted(s, err)
}

// end says that it is over, which is no error: nothing else ends a watch.
func (d *dev) end(ctx context.Context) error {
	d.say("no longer watching; the containers go on running (mage infra:down ends them)")
	return ended(ctx, context.Cause(ctx))
}

func (d *dev) say(format string, args ...any) {
	_, _ = fmt.Fprintf(d.w.Out, format+"\n", args...)
}

// turn does what a batch of changes asks for.
func (d *dev) turn(ctx context.Context, batch watch.Batch) {
	all := batch.All || batch.More > 0
	settings, ignored := d.world.touched(batch.Paths)
	var reloaded *story
	if all || len(settings) > 0 {
		var ok bool
		if reloaded, ok = d.reload(ctx, settings); !ok {
			return
		}
	}
	if all || ignored {
		if err := d.follow(ctx); err != nil {
			_ = d.told(ctx, err)
			return
		}
	}
	d.round(ctx, reloaded)
}

// silent is a copy of w whose progress nobody sees.
func (w *Workflow) silent() *Workflow {
	quiet := *w
	quiet.Out, quiet.Err, quiet.OutTerminal, quiet.ErrTerminal = io.Discard, io.Discard, false, false
	return &quiet
}
