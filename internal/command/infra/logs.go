package infra

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
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
}

// Logs shows the logs of all services in one order. With Follow it goes
// on until it is interrupted, which is its ordinary end.
func Logs(ctx context.Context, w *app.Run, o LogsOptions) error {
	w.SurviveClosedPipe()
	signals := w.Signals
	if o.Follow {
		w = w.WithoutSignals()
	}
	return load.With(ctx, w, load.Options{Profiles: []string{"*"}, Degraded: true, Running: true}, func(ctx context.Context, s *load.Session) error {
		l, err := newLogs(ctx, s, o)
		if err != nil {
			return err
		}
		if !o.Follow {
			return app.IgnoreClosedPipe(l.backlog(ctx))
		}
		ctx, stop := app.UntilSignal(ctx, w.OwnSignals(signals))
		defer stop()
		return app.EndedBySignal(ctx, app.IgnoreClosedPipe(l.follow(ctx)))
	})
}

// logsRun is one infra:logs at work.
type logsRun struct {
	s          *load.Session
	o          LogsOptions
	since      time.Time
	tail       int
	matches    func(logs.Line) bool
	containers []observe.Container // what there is at the start
	many       map[string]bool     // services of more than one container
	printer    *logs.Printer
	overlaps   map[string]*logs.Overlap // by container ID
}

func newLogs(ctx context.Context, s *load.Session, o LogsOptions) (*logsRun, error) {
	l := &logsRun{s: s, o: o, many: map[string]bool{}, overlaps: map[string]*logs.Overlap{}}
	var re *regexp.Regexp
	var err error
	if o.Grep != "" {
		if re, err = regexp.Compile(o.Grep); err != nil {
			return nil, failure.New(failure.Usage, "-grep: %w", err).
				WithHint(`to find text as it is, write \ before each of . * + ? ( ) [ ] { } | ^ $ \`)
		}
	}
	l.matches = logs.Matcher(re)
	if l.since, err = ParseSince(o.Since, s.Run.Now()); err != nil {
		return nil, err
	}
	l.tail = tailOf(o)
	state, err := s.Observe(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Choose(o.Services, state); err != nil {
		return nil, err
	}
	load.WarnOthers(ctx, s, state)
	l.survey(state)
	return l, nil
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

// survey finds the containers and says which services have none.
func (l *logsRun) survey(state observe.State) {
	for _, service := range l.s.Absent(l.o.Services, state) {
		_, _ = fmt.Fprintf(l.s.Run.Err, "%s has no container\n", service)
	}
	services := l.s.EveryService(state)
	var sources []string
	for _, service := range services {
		have := state.Containers[service]
		l.many[service] = len(have) > 1 || l.s.Project.Replicas(service) > 1
		for _, c := range have {
			if l.wanted(c) {
				l.containers = append(l.containers, c)
				sources = append(sources, l.source(c))
			}
		}
	}
	color := l.s.Run.Format(false).Tables.Color
	l.printer = logs.NewPrinter(l.s.Run.Out, services, sources, color)
}

// wanted: the container is of a chosen service, and no one-off.
func (l *logsRun) wanted(c docker.Container) bool {
	if strings.EqualFold(c.Labels[docker.LabelOneOff], "true") {
		return false
	}
	return len(l.o.Services) == 0 || slices.Contains(l.o.Services, c.Service)
}

func (l *logsRun) source(c docker.Container) string {
	if l.many[c.Service] {
		return fmt.Sprintf("%s-%d", c.Service, c.Number)
	}
	return c.Service
}
