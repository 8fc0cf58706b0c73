package task

import (
	"cmp"
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sourcegraph/conc"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/outputs"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/report/tasks"
	"github.com/infinitescribe/spellbook/internal/task"
	"github.com/infinitescribe/spellbook/internal/task/cache"
)

// RunOptions are the flags of task:run.
type RunOptions struct {
	Tasks                     []task.Task // of the magefile
	Names                     []string
	Jobs                      int
	Force, Explain, KeepGoing bool
	Affected                  *string // a commit; nil: whatever has changed
	JSON                      bool
}

// Run runs the named tasks and what they need.
func Run(ctx context.Context, w *app.Run, o RunOptions) error {
	failed := func(text string, code int) any {
		return tasks.Document{Version: 1, Target: "task:run", Began: w.Now().UTC(), Error: text, ExitCode: code}
	}
	return w.Guard(ctx, func(ctx context.Context) error {
		return w.OneDocument(o.JSON, failed, func(w *app.Run) error { return run(ctx, w, o) })
	})
}

func run(ctx context.Context, w *app.Run, o RunOptions) error {
	var kept task.Cache
	var work conc.WaitGroup // which reads what is remembered while the graph is put in order
	work.Go(func() { kept = Cache(w, "task:run", o.Force) })
	g, err := chosen(ctx, w, o)
	work.Wait()
	if err != nil {
		return err
	}
	f, root := w.Format(o.JSON), w.Root() // which looks for it
	r := tasks.New(tasks.Options{Options: f.Options, Title: "task:run", Tasks: g.Tasks(), Explain: o.Explain,
		Read: func(t task.Task) outputs.Options { return outputs.Options{Root: root, Dir: t.Dir} }})
	result, err := task.Execute(ctx, g, task.Options{Root: root, Environ: w.Environ, Outputs: filepath.Join(cacheDir(w), "logs"),
		Jobs: o.Jobs, KeepGoing: o.KeepGoing, Cache: kept, Reporter: r, Now: w.Now})
	err = cmp.Or(result.Err(), err)
	s := r.Stop(result)
	if o.JSON {
		d := s.Document("task:run")
		if d.ExitCode = int(failure.CodeOf(err)); err != nil {
			d.Error, _, _ = strings.Cut(err.Error(), "\n")
		}
		if broken := report.Document(w.Out, d); broken != nil {
			return broken
		}
		return err
	}
	if broken := s.Table(w.Out, f.Tables); app.IgnoreClosedPipe(broken) != nil {
		return broken
	}
	return err
}

// chosen are the tasks that the flags ask for, and those that they need.
func chosen(ctx context.Context, w *app.Run, o RunOptions) (*task.Graph, error) {
	if o.Jobs < 0 {
		return nil, failure.New(failure.Usage, "-jobs=%d is negative", o.Jobs)
	}
	if slices.Contains(o.Names, "") {
		return nil, failure.New(failure.Usage, "no task is named").WithHint("all of them: mage task:list")
	}
	g, err := valid(o.Tasks)
	if err != nil {
		return nil, err
	}
	if g, err = g.Only(o.Names...); err != nil {
		return nil, err
	}
	for _, name := range Steps {
		if t, in := g.Find(name); in && isStep(t) {
			return nil, failure.New(failure.Usage, "task:run has no %s: it is a step of ci, which what is asked for needs", name).
				WithHint("mage ci -only=%s", strings.Join(o.Names, ","))
		}
	}
	if o.Affected == nil {
		return g, nil
	}
	touched, doubt, err := Affected(ctx, w, g, *o.Affected)
	if err != nil {
		return nil, err
	}
	if doubt != nil {
		w.Tell("warning: %s: %v", AllAffected, doubt)
	}
	if len(touched) == 0 {
		w.Tell("no task is affected by the changes since %s", *o.Affected)
	}
	return Narrowed(g, touched)
}

// Narrowed keeps the affected tasks and what their commands need. A task that only
// stands for others keeps of these what is affected.
func Narrowed(g *task.Graph, touched []string) (*task.Graph, error) {
	var run []string
	for _, name := range touched {
		if t, _ := g.Find(name); len(t.Steps) > 0 {
			run = append(run, name)
		}
	}
	needed, err := g.Only(run...)
	if err != nil {
		return nil, err
	}
	return g.Without(func(t task.Task) bool {
		_, kept := needed.Find(t.Name)
		return !kept && !slices.Contains(touched, t.Name)
	}), nil
}

// cacheDir is where results are kept: the checkout's own, as the outputs are.
func cacheDir(w *app.Run) string {
	l := w.ProjectLayout()
	return filepath.Join(l.Path(l.StateDir), "cache")
}

// Cache is that of this checkout, for a run of target; with force every task runs.
func Cache(w *app.Run, target string, force bool) *cache.Cache {
	return cache.Open(cache.Options{Root: w.Root(), Dir: cacheDir(w), Program: w.Program, Target: target, Force: force, Now: w.Now,
		Engine: func(ctx context.Context) (cache.Engine, error) { return engine(ctx, w) }})
}

// engine is what a task depends on that uses the engine.
func engine(ctx context.Context, w *app.Run) (e cache.Engine, err error) {
	client, err := load.Dial(w.Environ)
	if err != nil {
		return e, err
	}
	defer func(c io.Closer) { _ = c.Close() }(client)
	info, err := client.Info(ctx)
	if err != nil {
		return e, err
	}
	e.Version = info.Version
	e.Images, err = client.ImageIDs(ctx)
	return e, err
}
