package test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/outputs"
	"github.com/infinitescribe/spellbook/internal/sandbox"
)

// A start that fails before the stack has a project has no logs: those of all other projects
// of the engine are none of it. It is given back all the same.
func TestAStartThatFailsEarlyKeepsNoLogs(t *testing.T) {
	t.Parallel()
	for what, compose := range map[string]string{"no YAML": "services: [", "a variable is missing": "services: {a: {image: \"${NOWHERE_SET:?is missing}\"}}", "no such service": "services: {a: {image: a}}"} {
		r, e := commandtest.NewEngineRepository(t)
		r.Write("compose/docker-compose.yml", compose)
		e.Containers = append(e.Containers, r.Container("other", "other:1"))
		x := r.Run(func(ctx context.Context, w *app.Run) error {
			err := Integration(ctx, w, IntegrationOptions{Command: "true", Services: []string{"nobody"}})
			places, listed := sandbox.Stacks(w.ProjectLayout())
			for _, p := range places {
				if p.Begun() || len(p.Users(w.Now())) > 0 {
					t.Errorf("%s: the stack %s is still used", what, p.Name)
				}
			}
			if listed != nil {
				t.Error(listed)
			}
			return err
		})
		if code := failure.CodeOf(x.Failed); code != failure.Preflight && code != failure.Usage || strings.Contains(x.String(), "logs") {
			t.Errorf("%s: code %d\n%s", what, code, x)
		}
	}
}

// Without the command of -cmd, what is typed next would run other tests, or none.
func TestWhatGoesOnWithAnInterruptedRunIsItsWholeCall(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]IntegrationOptions{
		"test:integration":                           {},
		"test:integration -reuse":                    {Reuse: true},
		`test:integration -reuse -cmd='it'\''s "x"'`: {Reuse: true, Command: `it's "x"`},
	} {
		if got := (&starting{options: o.start(time.Now())}).call(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// The engine keeps none of a service with logging: {driver: none}.
func TestALogThatTheEngineDoesNotHaveKeepsTheOthersFromNobody(t *testing.T) {
	t.Parallel()
	beginningOf(t, shop, func(ctx context.Context, b *beginning, e *commandtest.Engine) {
		for _, name := range []string{"app", "db"} {
			c := &commandtest.Container{ID: name, Name: name, Labels: commandtest.Of(b.Project, "com.docker.compose.service", name), Log: []commandtest.LogLine{{Text: "said by " + name}}}
			e.Containers = append(e.Containers, c)
		}
		e.Fails = map[string]string{"GET containers/app/logs": "configured logging driver does not support reading"}
		b.mask = func(text string) string { return text }
		i := &integration{run: b.starting.run, options: IntegrationOptions{Keep: true}, stack: b.Stack}
		err := i.kept(ctx, failure.New(7, "tests failed"))
		if text, _ := os.ReadFile(b.place.Path("logs/db.log")); !strings.Contains(string(text), "said by db") {
			t.Errorf("the other log is %q", text)
		}
		if text := err.Error(); failure.CodeOf(err) != 7 || !strings.Contains(text, "app: ") || !strings.Contains(text, "does not support reading") || !strings.Contains(text, "the stack stays for") || i.stack.keep == 0 {
			t.Errorf("told is %v", err)
		}
	})
}

func TestOnlyAFlagThatTheCallHasIsAdvised(t *testing.T) {
	t.Parallel()
	beginningOf(t, shop, func(ctx context.Context, b *beginning, _ *commandtest.Engine) {
		b.mask = func(text string) string { return text }
		i := &integration{run: b.starting.run, stack: b.Stack}
		if text := i.kept(ctx, failure.New(7, "tests failed")).Error(); !strings.Contains(text, "with -keep the stack stays up") {
			t.Errorf("test:integration advises\n%s", text)
		}
		i.options.Results = func(outputs.Result) {}
		if text := i.kept(ctx, failure.New(7, "tests failed")).Error(); !strings.Contains(text, "mage test:integration -keep leaves the stack up") || strings.Contains(text, "with -keep the stack") {
			t.Errorf("ci advises\n%s", text)
		}
	})
}
