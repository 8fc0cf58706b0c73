// Package app is one run of a target: the streams, the terminal, signals and
// exit codes, questions to the user, and the JSON document of a run that
// failed. It is the only place that turns an error into an exit code, and it
// knows neither projects nor engines: it imports failure and report, and of
// environ, project and docker no more than values.
package app

import (
	"context"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/infinitescribe/spellbook/internal/environ"
	_ "github.com/infinitescribe/spellbook/internal/gctuning" // for every target
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/report"
)

// Run is the world a target runs in, received as values so that a whole
// target runs in a test.
type Run struct {
	Layout  project.Layout
	Dir     string   // working directory
	Environ []string // KEY=value
	Program string   // this program, by which a target runs another
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

	Preview *environ.Environment // instead of .env, see previewing

	Spelling Spelling // of the commands that are printed
	Call     string   // what was typed, "infra:up -services=a"; "" where nobody typed anything

	process chan os.Signal // Signals, where they are those of this process; else nil
	exit    func(code int) // ends this process; set with process
	// Of this run, and of the copies of w that work for it.
	unsaved   *unsaved
	finishing *finishing
	warned    *warned
}

// FromOS is the run of this process.
func FromOS(layout project.Layout) *Run {
	dir, _ := os.Getwd()
	program, _ := os.Executable()
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	latest.Store(signals)
	if layout.Root == "" {
		layout.Root = project.FindRoot(layout, dir) // once for all who ask
	}
	w := &Run{Layout: layout, Dir: dir, Environ: os.Environ(), Program: program, In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Now: time.Now, Signals: signals, process: signals, exit: os.Exit,
		InTerminal: isTerminal(os.Stdin), OutTerminal: isTerminal(os.Stdout), ErrTerminal: isTerminal(os.Stderr)}
	w.Width = Width(os.Stderr, os.Stdout)
	w.Spelling, w.Call = SpellingOf(w.Environ, w.Dir, TargetOf(os.Args)), CallOf(os.Args)
	if w.Spelling.Program != "" {
		w.Err = speller{os.Stderr, w.Spelling}
	}
	return w
}

// OfTests is a run within somebody's tests: no terminal, no signals of its own, and all
// words go to said.
func OfTests(layout project.Layout, said io.Writer) *Run {
	dir, _ := os.Getwd()
	return &Run{Layout: layout, Dir: dir, Environ: os.Environ(), In: strings.NewReader(""), Out: said, Err: said, Now: time.Now}
}

// Width is how many columns the first of these files has that is a terminal, 0
// where none is.
func Width(files ...*os.File) int {
	for _, f := range files {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return 0
}

// TargetOf is the first target of a command line.
func TargetOf(args []string) string {
	for _, word := range args[1:] {
		if !strings.HasPrefix(word, "-") {
			return word
		}
	}
	return ""
}

// CallOf is a command line from its first target on, as a shell takes it, but for the values
// of assignments, which may be secrets.
func CallOf(args []string) string {
	var words []string
	for _, word := range args[1:] {
		switch name, _, assigns := strings.Cut(word, "="); {
		case len(words) == 0 && strings.HasPrefix(word, "-"):
			continue
		case assigns && !strings.HasPrefix(word, "-"):
			word = name + "=…"
		}
		words = append(words, quoted(word))
	}
	return strings.Join(words, " ")
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// Getenv looks a variable up in Environ.
func (w *Run) Getenv(name string) string { return Lookup(w.Environ, name) }

// LookupEnv is Getenv that tells an empty variable from none.
func (w *Run) LookupEnv(name string) (string, bool) { return lookup(w.Environ, name) }

// Lookup finds a variable in a list of NAME=value; the last one counts.
func Lookup(environ []string, name string) string {
	value, _ := lookup(environ, name)
	return value
}

// Without is environ without the variables of these names.
func Without(environ []string, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(names, name)
	})
}

func lookup(environ []string, name string) (string, bool) {
	for _, pair := range slices.Backward(environ) {
		if value, found := strings.CutPrefix(pair, name+"="); found {
			return value, true
		}
	}
	return "", false
}

// EnvDirs are the directories of a layout that hold environments.
func EnvDirs(l project.Layout) environ.Dirs {
	return environ.Dirs{Root: l.Root, EnvDir: l.Path(l.EnvDir), Link: l.Path(l.EnvLink)}
}

// Environment is what Compose reads now: the active environment, a .env of the
// user's own, which has no name, or nothing, which has no file either.
func (w *Run) Environment(d environ.Dirs) (environ.Environment, error) {
	if w.Preview != nil {
		return *w.Preview, nil
	}
	e, _, err := environ.Current(d)
	return e, err
}

// ProjectLayout is the Layout with its root found.
func (w *Run) ProjectLayout() project.Layout {
	l := w.Layout
	if l.Root == "" {
		l.Root = project.FindRoot(l, w.Dir)
	}
	return l.WithDefaults()
}

// Root is the repository's directory.
func (w *Run) Root() string { return w.ProjectLayout().Root }

// Reports say how a run shows its progress, on standard error, and its tables,
// on standard output.
func (w *Run) Reports() (progress, tables report.Options) {
	f := w.Format(false)
	return f.Options, f.Tables
}

// Detached is a context for what must still be done after ctx has ended.
func Detached(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), d)
}
