package isolated_test

import (
	"context"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/sandbox"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// killed brings a stack up by a process of its own that is ended by KILL once the
// engine has a container of it.
func (s *stack) killed(name string) sandbox.Record {
	s.T.Helper()
	cmd, out := s.StartBinary("test:up", "-name="+name)
	stacktest.Eventually(s.T, "the stack of a run is there", func() bool {
		places, _ := sandbox.Stacks(s.layout())
		for _, p := range places {
			if r, ok := p.Read(); ok && r.Name == name && len(s.copyOf(r).IDs()) > 0 {
				return true
			}
		}
		return false
	})
	if err := cmd.Process.Kill(); err != nil {
		s.T.Fatalf("%v\n%s", err, out)
	}
	_ = cmd.Wait()
	return s.record(name)
}

// never has a service that does not get ready.
const never = `
  db: {image: "lab/service:1", volumes: ["data:/data"], ports: ["8080"], stop_grace_period: 1s, ` + stacktest.Health + `}
  late: {image: "lab/service:1", environment: {BOOT: 1h}, stop_grace_period: 1s, ` + stacktest.Health + `, depends_on: {db: {condition: service_healthy}}}
volumes: {data: }
`

func TestTheNextRunOfAnyTargetRemovesTheStackOfAKilledOne(t *testing.T) {
	t.Parallel()
	s := newStack(t, never)
	r := s.killed("dead")
	used := s.start(test.StartOptions{Name: "used", Services: []string{"db"}, Target: "a test"})
	s.testUp(test.UpOptions{Name: named("kept"), Services: []string{"db"}}).Want(t, failure.OK)
	if code, out := s.Exec(stacktest.Binary(t), "infra:graph"); code != 0 || !strings.Contains(out, "removed the stack dead, which nobody used any more") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	s.wantNothingOf(r)
	for _, name := range []string{"used", "kept"} {
		if n := len(s.copyOf(s.record(name)).IDs()); n != 1 {
			t.Errorf("of %s there are %d containers", name, n)
		}
	}
	if code, out := s.Exec(stacktest.Binary(t), "infra:graph"); code != 0 || strings.Contains(out, "the stack") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	var doc struct{ Stacks []struct{ Name string } }
	s.Decode("testlist", s.Run(func(ctx context.Context, w *app.Run) error { return test.List(ctx, w, true) }).Want(t, failure.OK).Out, &doc)
	if len(doc.Stacks) != 2 {
		t.Errorf("it lists %v", doc)
	}
	s.testDown("used").Want(t, failure.Locked).Says(t, "the stack used is in use by a test (pid ")
	s.testList().Says(t, "used by a test (pid ")
	r = s.record("used")
	if err := used.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	s.wantNothingOf(r)
}

func TestAStackIsRemovedWhenTheTimeIsOverThatItWasToStay(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Lights)
	s.testUp(test.UpOptions{Name: named("short"), Keep: named(time.Hour)}).Want(t, failure.OK)
	r := s.record("short")
	reap := func(at time.Duration) stacktest.Result {
		return s.Run(func(ctx context.Context, w *app.Run) error {
			w.Now = func() time.Time { return time.Now().Add(at) }
			test.Reap(ctx, w)
			return nil
		})
	}
	reap(59*time.Minute).SaysNot(t, "removed")
	// Who uses it lets it stay as long again.
	s.Run(func(ctx context.Context, w *app.Run) error {
		w.Now = func() time.Time { return time.Now().Add(30 * time.Minute) }
		return test.Env(ctx, w, test.EnvOptions{Name: "short"})
	}).Want(t, failure.OK)
	reap(89*time.Minute).SaysNot(t, "removed")
	reap(91*time.Minute).Says(t, "removed the stack short, which nobody used any more")
	s.wantNothingOf(r)
}

// Whoever removes may be killed at it, and another may be at it at the same time.
func TestReapersDoNotBreakEachOther(t *testing.T) {
	t.Parallel()
	s := newStack(t, never)
	r := s.killed("dead")
	binary := stacktest.Binary(t)
	first := s.Mage("infra:graph")
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	before := len(s.copyOf(r).IDs())
	stacktest.Eventually(t, "the first has begun", func() bool {
		return len(s.copyOf(r).IDs()) < before || first.ProcessState != nil || len(s.records()) == 0
	})
	_ = first.Process.Kill()
	_ = first.Wait()
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			cmd := exec.Command(binary, "infra:graph")
			cmd.Dir, cmd.Env = s.Dir, s.Env
			if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "still there") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	all.Wait()
	s.wantNothingOf(r)
	if left := s.records(); len(left) > 0 {
		t.Errorf("a record is left: %v", left)
	}
}

// A checkout that was copied with its records must not remove what the first one uses.
func TestACopyOfACheckoutRemovesNothingOfTheFirst(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Lights)
	used := s.start(test.StartOptions{Name: "used", Target: "a test"})
	defer func() { _ = used.Stop(t.Context()) }()
	other := s.Stack
	other.Dir = t.TempDir()
	for _, name := range []string{"compose/docker-compose.yml", ".spellbook/test/used/stack.json", ".spellbook/test/used/override.yml", ".spellbook/test/used.env"} {
		other.File(name, s.Read(name))
	}
	other.Run(func(ctx context.Context, w *app.Run) error {
		test.Reap(ctx, w)
		return nil
	})
	if n := len(s.copyOf(s.record("used")).IDs()); n != 1 {
		t.Errorf("%d containers are left", n)
	}
}
