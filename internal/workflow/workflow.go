// Package workflow is the composition root: one file a target's namespace,
// each load → observe → plan → execute → report. It is the only place that
// turns an error into an exit code, and it may import everything below it.
package workflow

import (
	"context"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Workflow is the world a target runs in, received as values so that a whole
// target runs in a test.
type Workflow struct {
	Layout  project.Layout
	Dir     string   // working directory
	Environ []string // KEY=value
	In      io.Reader
	Out     io.Writer // results
	Err     io.Writer // progress and questions
	Now     func() time.Time
	// Signals ends a run: INT, TERM, HUP. May be nil.
	Signals <-chan os.Signal
	// InTerminal, OutTerminal and ErrTerminal say what the streams are, Width
	// how many columns there are (0: unknown).
	InTerminal, OutTerminal, ErrTerminal bool
	Width                                int

	preview *environ.Environment // instead of .env, see previewing

	process chan os.Signal // Signals, where they are those of this process; else nil
	exit    func(code int) // ends this process; set with process
	unsaved *unsaved       // of this run, and of the copies of w that work for it
}

// FromOS is the workflow of this process.
func FromOS(layout project.Layout) *Workflow {
	ShortLived()
	dir, _ := os.Getwd()
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	w := &Workflow{Layout: layout, Dir: dir, Environ: os.Environ(), In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Now: time.Now, Signals: signals, process: signals, exit: os.Exit,
		InTerminal: isTerminal(os.Stdin), OutTerminal: isTerminal(os.Stdout), ErrTerminal: isTerminal(os.Stderr)}
	if w.Width, _, _ = term.GetSize(int(os.Stderr.Fd())); w.Width == 0 {
		w.Width, _, _ = term.GetSize(int(os.Stdout.Fd()))
	}
	return w
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// Getenv looks a variable up in Environ.
func (w *Workflow) Getenv(name string) string { return lookup(w.Environ, name) }

// lookup finds a variable in a list of NAME=value; the last one counts.
func lookup(environ []string, name string) string {
	for i := len(environ) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(environ[i], name+"="); ok {
			return value
		}
	}
	return ""
}

// layout is the Layout with its root found.
func (w *Workflow) layout() project.Layout {
	l := w.Layout.WithDefaults()
	if l.Root == "" {
		l.Root = project.FindRoot(l, w.Dir)
	}
	return l
}

// fresh is a context for what must still be done after ctx has ended.
func fresh(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), d)
}
