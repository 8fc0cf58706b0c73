package workflow

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
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

// InfraLogs shows the logs of all services in one order. With Follow it goes
// on until it is interrupted, which is its ordinary end.
func (w *Workflow) InfraLogs(ctx context.Context, o LogsOptions) error {
	w.survivePipe()
	signals := w.Signals
	if o.Follow {
		w = w.withoutSignals()
	}
	return w.with(ctx, sessionOptions{profiles: []string{"*"}, salvage: true, running: true}, func(ctx context.Context, s *session) error {
		l, err := s.newLogs(ctx, o)
		if err != nil {
			return err
		}
		if !o.Follow {
			return quietPipe(l.backlog(ctx))
		}
		ctx, stop := untilSignal(ctx, w.ownSignals(signals))
		defer stop()
		return ended(ctx, quietPipe(l.follow(ctx)))
	})
}

// logsRun is one infra:logs at work.
type logsRun struct {
	s          *session
	o          LogsOptions
	since      time.Time
	tail       int
	matches    func(logs.Line) bool
	containers []observe.Container // what there is at the start
	many       map[string]bool     // services of more than one container
	printer    *logs.Printer
	overlaps   map[string]*logs.Overlap // by container ID
}

func (s *session) newLogs(ctx context.Context, o LogsOptions) (*logsRun, error) {
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
	if l.since, err = parseSince(o.Since, s.w.Now()); err != nil {
		return nil, err
	}
	l.tail = tailOf(o)
	state, err := s.observe(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.choose(o.Services, state); err != nil {
		return nil, err
	}
	s.tellOthers(ctx, state)
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
	for _, service := range l.s.absent(l.o.Services, state) {
		_, _ = fmt.Fprintf(l.s.w.Err, "%s has no container\n", service)
	}
	services := l.s.everyService(state)
	var sources []string
	for _, service := range services {
		have := state.Containers[service]
		l.many[service] = len(have) > 1 || l.s.project.Replicas(service) > 1
		for _, c := range have {
			if l.wanted(c) {
				l.containers = append(l.containers, c)
				sources = append(sources, l.source(c))
			}
		}
	}
	color := l.s.w.format(false).tables.Color
	l.printer = logs.NewPrinter(l.s.w.Out, services, sources, color)
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
