package infra_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

func logsOf(o infra.LogsOptions) func(context.Context, *app.Run) error {
	return func(ctx context.Context, w *app.Run) error { return infra.Logs(ctx, w, o) }
}

func TestLogsOfAllServicesAreMergedByTime(t *testing.T) {
	t.Parallel()
	s := newLookStack(t)
	s.Compose("stop", "talker", "tty")
	all := -1
	out, errs, code := s.RunWithInput("", logsOf(infra.LogsOptions{Tail: &all}))
	want := s.stored(map[string]string{"postgres-1": "postgres", "redis-1": "redis   ", "talker-1": "talker-1", "talker-2": "talker-2", "tty-1": "tty     "})
	got := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if code != 0 || !slices.Equal(got, want) {
		t.Errorf("code %d, %d lines, want %d\n%s\n--- want\n%s", code, len(got), len(want), out, strings.Join(want, "\n"))
	}
	if errs != "absent has no container\n" {
		t.Errorf("said %q", errs)
	}
	t.Run("limited", func(t *testing.T) { logsAreLimited(t, s) })
	t.Run("refused", func(t *testing.T) { logsAreRefused(t, s) })
}

func logsAreLimited(t *testing.T, s *stack) {
	three := 3
	for name, c := range map[string]struct {
		o    infra.LogsOptions
		want *regexp.Regexp
	}{
		"to the last lines of each replica":   {infra.LogsOptions{Services: []string{"talker"}, Tail: &three}, regexp.MustCompile(`^(talker-[12] \| .*\n){6}$`)},
		"to the last lines that match":        {infra.LogsOptions{Services: []string{"talker"}, Grep: "ready on port (8080)"}, regexp.MustCompile(`^(talker-[12] \| service: ready on port 8080\n){2}$`)},
		"to what is young, which is nothing":  {infra.LogsOptions{Services: []string{"postgres"}, Since: "1ms"}, regexp.MustCompile(`^$`)},
		"to all that is younger than an hour": {infra.LogsOptions{Services: []string{"postgres"}, Since: "1h", Grep: "ready to accept connections"}, regexp.MustCompile(`^postgres \| .*ready to accept`)},
	} {
		out, errs, code := s.RunWithInput("", logsOf(c.o))
		if code != 0 || errs != "" || !c.want.MatchString(out) {
			t.Errorf("%s: code %d\n%s%s", name, code, errs, out)
		}
	}
}

func logsAreRefused(t *testing.T, s *stack) {
	for hint, o := range map[string]infra.LogsOptions{
		"did you mean postgres?": {Services: []string{"postgers"}},
		"-grep:":                 {Grep: "("},
		"-since:":                {Since: "soon"},
	} {
		s.Run(logsOf(o)).Want(t, failure.Usage).Says(t, hint)
	}
}

// Follow shows what was there, what comes, what a restart brings and what
// starts only later, each line once, and ends quietly with Ctrl-C.
func TestFollowedLogsGoOnThroughRestartsAndNewContainers(t *testing.T) {
	t.Parallel()
	s := newLookStack(t)
	five := 5
	g := s.Start(nil, logsOf(infra.LogsOptions{Services: []string{"talker", "absent"}, Follow: true, Tail: &five}))
	g.Out.Await(t, "the backlog", func(text string) bool { return strings.Count(text, "\n") >= 10 })
	s.Compose("restart", "-t", "5", "talker")
	again := func(text string) bool {
		_, after, stopped := strings.Cut(text, "talker-1 | service: stopped")
		return stopped && strings.Contains(after, "talker-1 | service: line 9\n")
	}
	g.Out.Await(t, "the restarted replica", again)
	s.Compose("up", "-d", "--no-recreate", "absent")
	g.Out.AwaitText(t, "absent   | service: line 5\n")
	g.Signals <- os.Interrupt
	if code := g.Wait(t); code != 130 {
		t.Errorf("code %d, want 130", code)
	}
	if said := g.Err.String(); said != "absent has no container\n" {
		t.Errorf("said %q", said)
	}
	for _, source := range []string{"talker-1", "talker-2", "absent"} {
		eachLineOnce(t, source, g.Out.String())
	}
}

// eachLineOnce: the numbers of a talker rise one by one, and begin anew with
// each start.
func eachLineOnce(t *testing.T, source, text string) {
	t.Helper()
	last := ""
	for _, m := range regexp.MustCompile(`(?m)^`+source+` +\| service: (?:line (\d+)|(ready).*)$`).FindAllStringSubmatch(text, -1) {
		if m[2] == "" && last != "" && !follows(last, m[1]) {
			t.Errorf("%s: line %s comes after line %s", source, m[1], last)
		}
		if last = m[1]; m[2] != "" {
			last = "0"
		}
	}
	if last == "" {
		t.Errorf("%s: no lines", source)
	}
}

// follows: b is a+1; the first line may come before ready does.
func follows(a, b string) bool {
	return atoi(b) == atoi(a)+1 || (a == "0" && atoi(b) <= 3)
}

func atoi(s string) (n int) {
	for _, r := range s {
		n = n*10 + int(r-'0')
	}
	return n
}

func TestFollowBeginsWithWhatIsNewWhereNoBacklogIsWanted(t *testing.T) {
	t.Parallel()
	s := newLookStack(t)
	none := 0
	g := s.Start(nil, logsOf(infra.LogsOptions{Services: []string{"redis"}, Follow: true, Tail: &none}))
	s.Compose("restart", "-t", "5", "redis")
	g.Out.AwaitText(t, "Ready to accept connections")
	g.Signals <- os.Interrupt
	if code := g.Wait(t); code != 130 {
		t.Errorf("code %d, want 130", code)
	}
	if n := strings.Count(g.Out.String(), "Ready to accept connections"); n != 1 {
		t.Errorf("%d starts are shown, want the last one alone:\n%s", n, g.Out)
	}
}
