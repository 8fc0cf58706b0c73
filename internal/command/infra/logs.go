package infra

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/gctuning"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/logs"
	"github.com/infinitescribe/spellbook/internal/observe"
)

// defaultTail is how many lines of each container infra:logs shows.
const defaultTail = 100

// LogsOptions are the flags of infra:logs.
type LogsOptions struct {
	Services []string
	Follow   bool
	Tail     *int   // lines of each container, negative for all; nil: 100, or all with Since
	Since    string // a duration, or a moment
	Grep     string // a regular expression
	JSON     bool   // an object a line
}

// LogSources are the containers whose logs are shown: of the project, or of what a
// server runs.
type LogSources struct {
	Client     *docker.Client
	Services   []string                      // all that there are: each has its colour
	Containers []observe.Container           // those that are there
	Name       func(docker.Container) string // what the lines of a container begin with
	Service    func(docker.Container) string // for JSON
	Mask       func(string) string           // takes secrets out of a line
	// Starts are those that are there and those that start, for Follow, until the engine
	// is lost; Wanted are the ones of them to be shown.
	Starts func(ctx context.Context, lost func(error)) <-chan docker.Container
	Wanted func(docker.Container) bool
}

// Logs shows the logs of all services in one order. With Follow it goes
// on until it is interrupted, which is its ordinary end.
func Logs(ctx context.Context, w *app.Run, o LogsOptions) error {
	w.SurviveClosedPipe()
	gctuning.ForStreams()
	signals := w.Signals
	if o.Follow {
		w = w.WithoutSignals()
	}
	return w.Objects(o.JSON, LogsFailed, func(w *app.Run) error {
		return load.With(ctx, w, load.Options{Profiles: []string{"*"}, Degraded: true, Running: true}, func(ctx context.Context, s *load.Session) error {
			return ShowLogs(ctx, w, o, signals, func(ctx context.Context) (LogSources, error) { return ofProject(ctx, s, o.Services) })
		})
	})
}

// LogsFailed is the only object of logs that fail before they have any line.
func LogsFailed(text string, code int) any {
	return struct {
		Error    string `json:"error"`
		ExitCode int    `json:"exit_code"`
	}{text, code}
}

// ShowLogs is what shows logs: the stored lines of all sources by time, and with
// Follow those that come, until a signal. What is wrong with the flags is said
// before anything is looked at.
func ShowLogs(ctx context.Context, w *app.Run, o LogsOptions, signals <-chan os.Signal, find func(context.Context) (LogSources, error)) error {
	l, err := newLogs(w, o)
	if err != nil {
		return err
	}
	if l.LogSources, err = find(ctx); err != nil {
		return err
	}
	var names []string
	for _, c := range l.Containers {
		names = append(names, l.named(c))
	}
	l.print(names)
	if !o.Follow {
		return app.IgnoreClosedPipe(l.backlog(ctx))
	}
	ctx, stop := app.UntilSignal(ctx, w.OwnSignals(signals))
	defer stop()
	return app.EndedBySignal(ctx, app.IgnoreClosedPipe(l.follow(ctx)))
}

// ShowKeptLogs shows lines that are in no container any more, by what they begin
// with; services are all that there are.
func ShowKeptLogs(w *app.Run, o LogsOptions, services []string, kept map[string][]logs.Line, mask func(string) string) error {
	l, err := newLogs(w, o)
	if err != nil {
		return err
	}
	l.Services, l.Mask = services, mask
	var names []string
	var lists [][]logs.Line
	for name, lines := range kept {
		names = append(names, name)
		last := logs.NewLast(l.tail)
		for _, line := range lines {
			if !line.Time.Before(l.since) && l.matches(line) {
				last.Add(line)
			}
		}
		lists = append(lists, last.Lines())
	}
	l.print(names)
	return app.IgnoreClosedPipe(l.printer(logs.Merge(lists...)))
}

// logsRun is one infra:logs at work.
type logsRun struct {
	LogSources

	run      *app.Run
	o        LogsOptions
	since    time.Time
	tail     int
	matches  func(logs.Line) bool
	printer  func([]logs.Line) error
	overlaps map[string]*logs.Overlap // by container ID; with Follow alone
	origins  sync.Map                 // origin by what lines begin with; with JSON alone
}

// origin is whose lines they are.
type origin struct{ service, container string }

// named is what the lines of a container begin with, and remembers whose they are.
func (l *logsRun) named(c docker.Container) string {
	name := l.Name(c)
	if l.o.JSON {
		l.origins.Store(name, origin{l.Service(c), c.Name})
	}
	return name
}

// originOf is the service and the container of a source: of one that is gone, it is
// the service.
func (l *logsRun) originOf(source string) (service, container string) {
	if found, ok := l.origins.Load(source); ok {
		o, _ := found.(origin)
		return o.service, o.container
	}
	return source, ""
}

func newLogs(w *app.Run, o LogsOptions) (*logsRun, error) {
	l := &logsRun{run: w, o: o, tail: tailOf(o), overlaps: map[string]*logs.Overlap{}}
	var re *regexp.Regexp
	var err error
	if o.Grep != "" {
		if re, err = regexp.Compile(o.Grep); err != nil {
			return nil, failure.New(failure.Usage, "-grep: %w", err).
				WithHint(`to find text as it is, write \ before each of . * + ? ( ) [ ] { } | ^ $ \`)
		}
	}
	l.matches = logs.Matcher(re)
	l.since, err = ParseSince(o.Since, w.Now())
	return l, err
}

func (l *logsRun) print(names []string) {
	if l.o.JSON {
		l.printer = logs.NewJSON(l.run.Out, l.originOf, l.Mask).Print
		return
	}
	slices.Sort(names)
	p := logs.NewPrinter(l.run.Out, l.Services, names, l.run.Format(false).Tables.Color)
	p.Mask = l.Mask
	l.printer = p.Print
}

// tailOf is the number of lines of each container, negative for all.
func tailOf(o LogsOptions) int {
	switch {
	case o.Tail != nil:
		return *o.Tail
	case o.Since != "":
		return -1
	}
	return defaultTail
}

// ofProject finds the containers of the project and says which services have none.
func ofProject(ctx context.Context, s *load.Session, services []string) (LogSources, error) {
	state, err := s.Observe(ctx)
	if err != nil {
		return LogSources{}, err
	}
	if err := s.Choose(services, state); err != nil {
		return LogSources{}, err
	}
	load.WarnOthers(ctx, s, state)
	for _, service := range s.Absent(services, state) {
		s.Run.Tell("%s has no container", service)
	}
	many := map[string]bool{} // services of more than one container
	from := LogSources{Client: s.Client, Services: s.EveryService(state), Mask: s.Project.MaskValues,
		Starts: func(ctx context.Context, lost func(error)) <-chan docker.Container {
			return s.Client.Starts(ctx, s.Project.Name, lost)
		},
		Wanted: func(c docker.Container) bool {
			oneOff := strings.EqualFold(c.Labels[docker.LabelOneOff], "true")
			return !oneOff && (len(services) == 0 || slices.Contains(services, c.Service))
		},
		Service: func(c docker.Container) string { return c.Service },
		Name: func(c docker.Container) string {
			if many[c.Service] {
				return fmt.Sprintf("%s-%d", c.Service, c.Number)
			}
			return c.Service
		}}
	for _, service := range from.Services {
		have := state.Containers[service]
		many[service] = len(have) > 1 || s.Project.Replicas(service) > 1
		for _, c := range have {
			if from.Wanted(c) {
				from.Containers = append(from.Containers, c)
			}
		}
	}
	return from, nil
}
