package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

// lookStack is a small stack with something to look at; absent is never up.
const lookStack = `
  postgres:
    image: lab/postgres:15
    environment: {POSTGRES_USER: scribe, POSTGRES_PASSWORD: canary-postgres, POSTGRES_DB: books}
    healthcheck: {test: [CMD-SHELL, pg_isready -h 127.0.0.1 -U scribe], interval: 1h}
  redis:
    image: lab/redis:7.0
    environment: {REDISCLI_AUTH: canary-redis}
    command:
      - sh
      - -euc
      - |
        exec redis-server - <<CONFIG
        requirepass "$$REDISCLI_AUTH"
        CONFIG
    healthcheck: {test: [CMD, redis-cli, ping], interval: 1h}
  talker:
    image: lab/service:1
    environment: {LOG_EVERY: 30ms}
    scale: 2
  tty:
    image: lab/service:1
    environment: {LOG_EVERY: 30ms}
    tty: true
  absent:
    image: lab/service:1
    environment: {LOG_EVERY: 50ms}
    depends_on: [redis]
`

// newLookStack brings all but absent up.
func newLookStack(t *testing.T) *stack {
	t.Helper()
	s := newStack(t, lookStack)
	s.up(infra.UpOptions{Services: []string{"postgres", "redis", "talker", "tty"}, Timeout: time.Minute}).want(t, failure.OK)
	return s
}

// watched is an output that can be waited on.
type watched struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

func newWatched() *watched { return &watched{changed: make(chan struct{}, 1)} }

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.changed <- struct{}{}:
	default:
	}
	return w.text.Write(b)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// await waits until the output is as wanted.
func (w *watched) await(t *testing.T, what string, wanted func(string) bool) {
	t.Helper()
	late := time.After(patience)
	for !wanted(w.String()) {
		select {
		case <-w.changed:
		case <-late:
			t.Fatalf("%s did not come:\n%s", what, w)
		}
	}
}

// going is a target at work.
type going struct {
	out, err *watched
	signals  chan os.Signal
	ended    chan error
}

// start calls a target in the background; in may be nil.
func (s *stack) start(in io.Reader, do func(context.Context, *app.Run) error) *going {
	s.t.Helper()
	g := &going{out: newWatched(), err: newWatched(), signals: make(chan os.Signal, 1), ended: make(chan error, 1)}
	if in == nil {
		in = strings.NewReader("")
	}
	w := &app.Run{Layout: project.Layout{Root: s.dir}, Dir: s.dir, Environ: s.env, In: in, Out: g.out, Err: g.err, Now: time.Now, Signals: g.signals}
	go func() { g.ended <- do(s.t.Context(), w) }()
	return g
}

// code waits for the end of a target and is the code that Mage ends with.
func (g *going) code(t *testing.T) int {
	t.Helper()
	select {
	case err := <-g.ended:
		return statusOf(err)
	case <-time.After(patience):
		t.Fatalf("it does not end:\n%s%s", g.out, g.err)
		return -1
	}
}

func statusOf(err error) int {
	var status interface{ ExitStatus() int }
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return status.ExitStatus()
	}
	return 1
}

// look runs a target to its end, with text as its standard input.
func (s *stack) look(in string, do func(context.Context, *app.Run) error) (out, errs string, code int) {
	s.t.Helper()
	g := s.start(strings.NewReader(in), do)
	code = g.code(s.t)
	return g.out.String(), g.err.String(), code
}

// stored are the lines of containers as the Docker CLI shows them, by time.
func (s *stack) stored(containers map[string]string) []string {
	s.t.Helper()
	type line struct{ at, text string }
	var lines []line
	for name, prefix := range containers {
		for text := range strings.Lines(cli(s.t, "logs", "--timestamps", s.name+"-"+name)) {
			at, rest, _ := strings.Cut(strings.TrimRight(text, "\r\n"), " ")
			lines = append(lines, line{at, prefix + " | " + rest})
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return strings.Compare(a.at, b.at) })
	texts := make([]string, 0, len(lines))
	for _, l := range lines {
		texts = append(texts, l.text)
	}
	return texts
}
