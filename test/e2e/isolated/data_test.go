package isolated_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/sandbox"
	"github.com/infinitescribe/spellbook/internal/state"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestAStackWritesToNoDirectoryOfDataOfThisMachine(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  cache: {image: "lab/redis:7.0", volumes: ["../kept:/data", "../src:/src"], stop_grace_period: 1s}
`)
	s.File("kept/mine", "")
	save := func() {
		t.Helper()
		if code, out := s.Exec("docker", "exec", s.record("a").Project+"-cache-1", "redis-cli", "save"); code != 0 || strings.TrimSpace(out) != "OK" {
			t.Errorf("exit code %d\n%s", code, out)
		}
	}
	s.testUp(test.UpOptions{Name: named("a")}).Want(t, failure.OK).
		Says(t, "cache keeps its data in kept,", "empty volume of its own instead, cache-data", "the stack's as well: cache src")
	save()
	s.testUp(test.UpOptions{Name: named("a")}).Want(t, failure.OK).Says(t, "nothing to do")
	list, err := os.ReadDir(filepath.Join(s.Dir, "kept"))
	if err != nil || len(list) != 1 || list[0].Name() != "mine" {
		t.Errorf("in the directory are %v (%v)", list, err)
	}
	volumes, err := s.Client.Volumes(t.Context(), s.record("a").Project)
	if err != nil || len(volumes) != 1 {
		t.Errorf("volumes are %v (%v)", volumes, err)
	}
}

// A record knows one engine: of a stack on another one nothing would be known any more.
func TestAStackThatIsOnAnotherEngineIsNotForgotten(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Lights)
	s.testUp(test.UpOptions{Name: named("a")}).Want(t, failure.OK)
	r := s.record("a")
	file := filepath.Join(s.Dir, ".spellbook/test/a/stack.json")
	there := r
	there.EngineID = "another"
	if err := state.WriteJSON(file, there); err != nil {
		t.Fatal(err)
	}
	s.testUp(test.UpOptions{Name: named("a")}).Want(t, failure.Usage).Says(t, "the stack a is on another engine (", "mage test:down -name=a")
	s.testDown("a").Want(t, failure.Preflight).Says(t, "if that one is gone for good: rm -r .spellbook/test/a .spellbook/test/a.env")
	if got := s.record("a"); got.EngineID != "another" {
		t.Errorf("the record has become %+v", got)
	}
	if err := state.WriteJSON(file, r); err != nil {
		t.Fatal(err)
	}
	if code, out := s.Exec(stacktest.Binary(t), "test:down", "-name=a"); code != 0 {
		t.Errorf("exit code %d\n%s", code, out)
	}
	s.wantNothingOf(r)
	if left := s.records(); len(left) > 0 {
		t.Errorf("records are left: %v", left)
	}
}

// Every target begins with the removal of dead stacks, and must end by a Ctrl-C there too.
func TestTheRemovalOfDeadStacksEndsByASignal(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Lights)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	dead, err := sandbox.At(s.layout(), "dead")
	if err != nil {
		t.Fatal(err)
	}
	if err := dead.Write(sandbox.Record{Project: "dead", EngineID: "x", Engine: []string{"DOCKER_HOST=tcp://" + silent.Addr().String()}}); err != nil {
		t.Fatal(err)
	}
	cmd, out := s.StartBinary("infra:graph")
	if _, err := silent.Accept(); err != nil { // it has asked
		t.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); failure.Code(code) != failure.Interrupted || time.Since(began) > 3*time.Second || strings.Contains(out.String(), "still there") {
		t.Errorf("exit code %d after %s\n%s", code, time.Since(began), out)
	}
	if err := dead.Forget(); err != nil {
		t.Error(err)
	}
}
