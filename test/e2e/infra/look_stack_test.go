package infra_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
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
	s.Up(infra.UpOptions{Services: []string{"postgres", "redis", "talker", "tty"}, Timeout: time.Minute}).Want(t, failure.OK)
	return s
}

// stored are the lines of containers as the Docker CLI shows them, by time.
func (s *stack) stored(containers map[string]string) []string {
	s.T.Helper()
	type line struct{ at, text string }
	var lines []line
	for name, prefix := range containers {
		for text := range strings.Lines(stacktest.Docker(s.T, "logs", "--timestamps", s.Name+"-"+name)) {
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
