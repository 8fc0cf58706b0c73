// Package ci holds the command ci: the checks of any repository, as tasks. Which there
// are follows from what the repository has; tasks that the magefile defines take part.
// It composes other commands and manifest, and decides nothing else.
package ci

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	tasks "github.com/infinitescribe/spellbook/internal/command/task"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/junit"
	"github.com/infinitescribe/spellbook/internal/report"
	show "github.com/infinitescribe/spellbook/internal/report/tasks"
	"github.com/infinitescribe/spellbook/internal/state"
	"github.com/infinitescribe/spellbook/internal/task"
)

// Options are the flags of ci.
type Options struct {
	Tasks                     []task.Task // of the magefile
	Only                      []string    // names of steps and tasks; nil means all
	Env                       string      // the environment whose deployment is planned; "" plans none
	Jobs                      int         // at once; 0: the number of processors
	Force, Explain, KeepGoing bool
	Affected                  *string // a commit; nil: whatever has changed
	JSON                      bool
}

// Where the results are, below the directory of what Spellbook remembers.
const (
	resultsDir = "ci"
	junitFile  = "junit.xml"
	recordFile = "run.json"
)

// Run runs the steps that the repository has, and the tasks of the magefile.
func Run(ctx context.Context, w *app.Run, o Options) error {
	failed := func(text string, code int) any {
		return show.Document{Version: 1, Target: "ci", Began: w.Now().UTC(), Error: text, ExitCode: code}
	}
	return w.Guard(ctx, func(ctx context.Context) error {
		return w.OneDocument(o.JSON, failed, func(w *app.Run) error { return run(ctx, w, o) })
	})
}

func run(ctx context.Context, w *app.Run, o Options) error {
	if o.Jobs < 0 {
		return failure.New(failure.Usage, "-jobs=%d is negative", o.Jobs)
	}
	l := w.ProjectLayout()
	dir := l.Path(l.StateDir, resultsDir)
	for _, old := range []string{junitFile, recordFile} { // of another run, which may have gone well
		_ = os.Remove(filepath.Join(dir, old))
	}
	s, err := look(ctx, w, o)
	if err != nil {
		return err
	}
	g, err := s.graph(ctx, o)
	if err != nil {
		return err
	}
	for _, t := range g.Tasks() {
		if instead := s.replaced[t.Name]; len(instead) > 0 {
			w.Tell("note: %s does not run: what it would write are outputs of %s", t.Name, strings.Join(instead, ", "))
		}
	}
	f := w.Format(o.JSON)
	state.KeepOutOfGit(l.Path(l.StateDir))
	r := show.New(show.Options{Options: f.Options, Title: "ci", Tasks: g.Tasks(), Explain: o.Explain, Read: s.reads})
	result, err := task.Execute(ctx, g, task.Options{Root: w.Root(), Environ: w.Environ, Outputs: filepath.Join(dir, "logs"),
		Jobs: o.Jobs, KeepGoing: o.KeepGoing, Cache: tasks.Cache(w, "ci", o.Force), Reporter: r, Now: w.Now})
	if ctx.Err() == nil { // what failed counts before what cannot be remembered of it
		err = cmp.Or(result.Err(), err)
	}
	return tell(w, o, f, dir, r.Stop(result), err)
}

// members are the directories of the workspace that a task is about.
func (s *steps) members(name string) []string {
	for _, c := range s.manifest.Commands {
		if taskOf(c) == name {
			return c.Dirs
		}
	}
	return nil
}

// tell writes what a run came to: for people, for machines, and for the next run.
func tell(w *app.Run, o Options, f app.Format, dir string, s show.Summary, err error) error {
	d := s.Document("ci")
	d.OK, d.ExitCode = err == nil, int(failure.CodeOf(err))
	if err != nil {
		d.Error, _, _ = strings.Cut(err.Error(), "\n")
	}
	var broken error
	if o.JSON {
		broken = report.Document(w.Out, d)
	} else {
		broken = app.IgnoreClosedPipe(s.Table(w.Out, f.Tables))
	}
	var text bytes.Buffer
	broken = errors.Join(broken, junit.Write(&text, s.JUnit()), state.Write(filepath.Join(dir, junitFile), text.Bytes()),
		state.WriteJSON(filepath.Join(dir, recordFile), d), appendTo(w.Getenv("GITHUB_STEP_SUMMARY"), s.Markdown()))
	if err == nil {
		return broken
	}
	if broken != nil {
		w.Tell("warning: %v", broken)
	}
	return hinted(err, s, o.Env)
}

// hinted says how to run again what did not do well.
func hinted(err error, s show.Summary, env string) error {
	var f *failure.Error
	var names []string
	for _, t := range s.Tasks {
		if t.Outcome == task.Failed {
			names = append(names, t.Task)
		}
	}
	if errors.As(err, &f) && f.Hint == "" && len(names) > 0 {
		if slices.ContainsFunc(names, func(name string) bool { return stepOf(name) == plan }) {
			return f.WithHint("mage ci -env=%s -only=%s", env, strings.Join(names, ","))
		}
		return f.WithHint("mage ci -only=%s", strings.Join(names, ","))
	}
	return err
}

// appendTo adds a text to a file; "" is none.
func appendTo(path, text string) error {
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

// graph is the steps and the tasks that the flags ask for, and all that these need.
func (s *steps) graph(ctx context.Context, o Options) (*task.Graph, error) {
	list, names := s.together(o.Tasks)
	g, err := task.New(list)
	if err != nil {
		return nil, err
	}
	if o.Only != nil {
		names = o.Only
		if slices.Equal(names, []string{""}) {
			return nil, failure.New(failure.Usage, "-only is empty").WithHint("name steps, or leave -only out: all run then")
		}
	}
	if err := known(list, names); err != nil {
		return nil, err
	}
	if g, err = g.Only(names...); err != nil || o.Affected == nil {
		s.warn(nil)
		return g, err
	}
	// That packages are installed by a task without inputs touches nothing.
	touched, doubt, err := tasks.Affected(ctx, s.w, g.Without(func(t task.Task) bool { return strings.HasPrefix(t.Name, install) }), *o.Affected)
	s.warn(doubt)
	if err != nil {
		return nil, err
	}
	if len(touched) == 0 {
		s.w.Tell("no task is affected by the changes since %s", *o.Affected)
	}
	return tasks.Narrowed(g, touched)
}

// known fails for a name that is no step here.
func known(list []task.Task, names []string) error {
	var all []string
	for _, t := range list {
		all = append(all, t.Name)
	}
	for _, name := range names {
		if slices.Contains(all, name) {
			continue
		}
		e := failure.New(failure.Usage, "%q is no step here", name)
		if stepOf(name) == plan {
			return e.WithHint("-env=ENVIRONMENT plans the deployment of that environment")
		}
		if len(all) == 0 {
			return e.WithHint("there is nothing here that ci knows")
		}
		slices.Sort(all)
		hint := "steps are: " + strings.Join(all, ", ")
		if near := failure.Nearest(name, all); near != "" {
			hint = "did you mean " + near + "? " + hint
		}
		return e.WithHint("%s", hint)
	}
	return nil
}
