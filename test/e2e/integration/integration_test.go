// Package integration_test runs tests of a repository against stacks of their own on a real
// engine: what they are given, what they end with, and what is left of them.
package integration_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/sandbox"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

const services = `
  api:
    image: lab/service:1
    ports: ["${API_PORT:-8080}:8080"]
    stop_grace_period: 1s
    ` + stacktest.Health + `
    depends_on: {migrate: {condition: service_completed_successfully}}
  migrate:
    image: lab/base:bookworm
    command: [echo, migrated]
    volumes: ["../migrations:/migrations:ro"]
`

type stack struct{ stacktest.Stack }

func newStack(t *testing.T) *stack {
	t.Helper()
	s := &stack{}
	s.Setup(t, services)
	s.File("migrations/1.sql", "one")
	t.Cleanup(func() {
		for _, r := range s.records() {
			other := s.Stack
			other.Name = r.Project
			other.Remove()
		}
	})
	return s
}

func (s *stack) records() (list []sandbox.Record) {
	places, _ := sandbox.Stacks(project.Layout{Root: s.Dir}.WithDefaults())
	for _, p := range places {
		if r, ok := p.Read(); ok {
			list = append(list, r)
		}
	}
	return list
}

func (s *stack) integration(o test.IntegrationOptions) stacktest.Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error { return test.Integration(ctx, w, o) })
}

// gone wants that the engine has nothing of any stack of the repository.
func (s *stack) gone() {
	s.T.Helper()
	if left := s.left(); left != "" {
		s.T.Errorf("left:\n%s", left)
	}
}

func (s *stack) left() string {
	s.T.Helper()
	filter := "name=" + s.Name
	return stacktest.Docker(s.T, "ps", "-aq", "--filter", filter) + stacktest.Docker(s.T, "network", "ls", "-q", "--filter", filter) + stacktest.Docker(s.T, "volume", "ls", "-q", "--filter", filter)
}

func TestTestsHaveTheStacksVariablesAndItIsGoneAfterwards(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	r := s.integration(test.IntegrationOptions{Command: `printf 'GET / HTTP/1.0\r\n\r\n' | bash -c 'exec 3<>/dev/tcp/127.0.0.1/$API_PORT && echo reached'; echo "$SPELLBOOK_TEST_STACK"`}).Want(t, failure.OK)
	if ok, _ := regexp.MatchString(`^reached\nrun-\d{6}-[0-9a-f]{6}\n$`, r.Out); !ok {
		t.Errorf("standard output is not the tests' alone:\n%s", r.Out)
	}
	s.gone()
}

func TestTheTestsRunWhereTheirUserCalledBesideTheServicesThatHeNames(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.File("apps/web/here", "x")
	s.Env = append(s.Env, "SPELLBOOK_CALLER_DIR="+filepath.Join(s.Dir, "apps/web"))
	const services = `; docker ps -a --filter label=com.docker.compose.project=$COMPOSE_PROJECT_NAME --format '{{.Label "com.docker.compose.service"}}'`
	if r := s.integration(test.IntegrationOptions{Command: "ls here" + services, Services: []string{"migrate"}}).Want(t, failure.OK); r.Out != "here\nmigrate\n" {
		t.Errorf("the tests say %q", r.Out)
	}
}

// Tests of one service that are given another's port write to what somebody works with.
func TestThePortOfAServiceOutsideTheStackIsNoVariableOfTheTests(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.Env = append(s.Env, "API_PORT=18080")
	r := s.integration(test.IntegrationOptions{Command: `echo "${API_PORT-none}"`, Services: []string{"migrate"}}).Want(t, failure.OK).Says(t, "that it has not got: API_PORT")
	if r.Out != "none\n" {
		t.Errorf("the tests are given %q", r.Out)
	}
}

func TestAFailingRunHasItsCodeAndKeepsTheLogsOfAllServices(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	r := s.integration(test.IntegrationOptions{Command: "exit 7"}).Want(t, 7).Says(t, "cmd: sh exited with code 7", "with -keep the stack stays up")
	s.gone()
	dir := regexp.MustCompile(`the logs of all services are in (\S+)`).FindStringSubmatch(r.All())[1]
	if log := s.Read(filepath.Join(dir, "migrate.log")); !strings.Contains(log, "Z migrated\n") {
		t.Errorf("migrate has said %q", log)
	}
	if log := s.Read(filepath.Join(dir, "api.log")); !strings.Contains(log, "ready on port") {
		t.Errorf("api has said %q", log)
	}
	// Neither what removes dead stacks nor the next failure takes them away.
	s.integration(test.IntegrationOptions{Command: "exit 1"}).Want(t, 1)
	s.Read(filepath.Join(dir, "api.log"))
}

func TestTheStackOfAFailingRunIsLookedAtAndRemovedAsItIsSaid(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	r := s.integration(test.IntegrationOptions{Command: "exit 7", Keep: true}).Want(t, 7)
	typed := regexp.MustCompile(`(docker compose -p \S+ ps); mage (test:down) -name=(\S+) removes it`).FindStringSubmatch(r.All())
	if typed == nil {
		t.Fatalf("it does not say what to type:\n%s", r.All())
	}
	if code, out := s.Exec("sh", "-c", typed[1]); code != 0 || !strings.Contains(out, "api") {
		t.Errorf("%s: %d\n%s", typed[1], code, out)
	}
	s.Run(func(ctx context.Context, w *app.Run) error { return test.Down(ctx, w, typed[3]) }).Want(t, failure.OK)
	s.gone()
}

func TestAServiceThatFailsEndsTheRunWithItsLog(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.Edit("compose/docker-compose.yml", "command: [echo, migrated]", "command: [sh, -c, 'echo no such table; exit 4']")
	r := s.integration(test.IntegrationOptions{Command: "echo ran"}).Want(t, failure.NotReady).SaysNot(t, "ran\n")
	dir := regexp.MustCompile(`the logs of all services are in (\S+)`).FindStringSubmatch(r.All())
	if len(dir) < 2 || !strings.Contains(s.Read(filepath.Join(dir[1], "migrate.log")), "no such table") {
		t.Errorf("%s", r.All())
	}
	s.gone()
}

func TestASignalEndsTheTestsAndRemovesTheStack(t *testing.T) {
	t.Parallel()
	for signal, code := range map[os.Signal]int{os.Interrupt: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129} {
		s := newStack(t)
		g := s.Start(nil, func(ctx context.Context, w *app.Run) error {
			return test.Integration(ctx, w, test.IntegrationOptions{Command: "echo began; exec sleep 1000"})
		})
		g.Out.AwaitText(t, "began")
		g.Signals <- signal
		if got := g.Wait(t); got != code {
			t.Errorf("%s: exit code %d, want %d\n%s", signal, got, code, g.Err)
		}
		s.gone()
	}
}

// Whoever closes a terminal has the kernel tell it, and nobody to write to any more.
func TestAClosedTerminalRemovesTheStack(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	terminal := exec.Command("script", "-qfc", "exec '"+stacktest.Binary(t)+"' test:integration '-cmd=echo began >began; exec sleep 1000'", "/dev/null")
	terminal.Dir, terminal.Env = s.Dir, append(s.Env, "TERM=xterm")
	if err := terminal.Start(); err != nil {
		t.Fatal(err)
	}
	stacktest.Eventually(t, "the tests begin", func() bool { _, err := os.Stat(filepath.Join(s.Dir, "began")); return err == nil })
	if s.left() == "" {
		t.Error("there is no stack")
	}
	if err := terminal.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = terminal.Wait()
	stacktest.Eventually(t, "the stack is gone", func() bool { return s.left() == "" && len(s.records()) == 0 })
}

// What is removed is not gone on with, and none of it is running still.
func TestAStartThatIsInterruptedTellsOfNothingThatIsGone(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.Edit("compose/docker-compose.yml", "command: [echo, migrated]", "command: [sleep, '1000']")
	cmd, out := s.StartBinary("test:integration", "-cmd=echo ran")
	stacktest.Eventually(t, "migrate runs", func() bool { return stacktest.Docker(t, "ps", "-q", "--filter", "name="+s.Name) != "" })
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait()
	r := stacktest.Result{Code: failure.Code(cmd.ProcessState.ExitCode()), Out: out.String()}
	r.Want(t, failure.Interrupted).Says(t, "Error: interrupted", "is removed", "→ mage test:integration -cmd='echo ran' begins anew").SaysNot(t, "goes on", "still running", "test:down")
	s.gone()
}

// Nobody can clean up after a KILL of himself.
func TestAfterAKillTheNextRunOfAnyTargetRemovesTheStack(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	cmd, out := s.StartBinary("test:integration", "-cmd=echo began >began; exec sleep 1000")
	stacktest.Eventually(t, "the tests begin", func() bool { _, err := os.Stat(filepath.Join(s.Dir, "began")); return err == nil })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if s.left() == "" {
		t.Fatalf("it was gone before:\n%s", out)
	}
	next := s.Mage("infra:status")
	said, _ := next.CombinedOutput()
	if !strings.Contains(string(said), "removed the stack run-") {
		t.Errorf("infra:status says\n%s", said)
	}
	s.gone()
	if running := stacktest.Processes(t, "sleep 1000"); len(running) > 0 && strings.Contains(strings.Join(running, " "), s.Dir) {
		t.Errorf("still running: %v", running)
	}
}

func TestReusedWhereItWouldBeTheSame(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	run := func() (r stacktest.Result, id string) {
		t.Helper()
		r = s.integration(test.IntegrationOptions{Reuse: true, Command: "docker ps -q --no-trunc --filter label=com.docker.compose.service=api --filter label=com.docker.compose.project=$COMPOSE_PROJECT_NAME"}).Want(t, failure.OK)
		return r, r.Out
	}
	_, first := run()
	again, second := run()
	again.Says(t, "nothing to do")
	if first == "" || first != second {
		t.Errorf("not the same stack: %q, %q", first, second)
	}
	s.Edit("compose/docker-compose.yml", "command: [echo, migrated]", "command: [echo, migrated more]")
	changed, third := run()
	changed.Says(t, "the stack reuse was made from something else than is there now: it is made anew")
	if third == "" || third == second {
		t.Errorf("the old stack was taken: %q, %q", second, third)
	}
	s.File("migrations/1.sql", "another") // which no volume keeps, and no snapshot is of
	changed, fourth := run()
	changed.Says(t, "it is made anew")
	if fourth == "" || fourth == third {
		t.Errorf("the old stack was taken: %q, %q", third, fourth)
	}
	s.Run(func(ctx context.Context, w *app.Run) error { return test.Down(ctx, w, "reuse") }).Want(t, failure.OK)
	s.gone()
}

func TestWithoutTestsNothingIsBroughtUp(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.integration(test.IntegrationOptions{}).Want(t, failure.Usage).Says(t, "nothing here says what the integration tests are", `-cmd="…" says it`)
	if list := s.records(); len(list) > 0 {
		t.Errorf("stacks: %v", list)
	}
}

func TestUnitAndIntegrationTestsOfAGoModule(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.File("go.mod", "module example.com/shop\n\ngo 1.26\n")
	s.File("shop.go", "package shop\n")
	s.File("shop_test.go", "package shop\n\nimport \"testing\"\n\nfunc TestUnit(t *testing.T) {}\n")
	s.File("db_test.go", "//go:build integration\n\npackage shop\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestDB(t *testing.T) {\n\tif os.Getenv(\"API_PORT\") == \"\" {\n\t\tt.Fatal(\"no stack\")\n\t}\n}\n")
	s.Run(test.Unit).Want(t, failure.OK).Says(t, "go: go test -json ./...", "1 test: 1 passed")
	s.Run(func(ctx context.Context, w *app.Run) error { return test.All(ctx, w, test.IntegrationOptions{}) }).Want(t, failure.OK).
		Says(t, "1 test: 1 passed", "2 tests: 2 passed")
	s.Run(test.Coverage).Want(t, failure.OK).Says(t, "go: .spellbook/coverage/go.out")
	s.Read(".spellbook/coverage/go.out")
	s.gone()
	s.Edit("shop_test.go", "{}", "{ t.Error(\"no\") }")
	s.Run(test.Unit).Want(t, 1).Says(t, "failed: example.com/shop TestUnit", "1 test: 0 passed, 1 failed")
	s.Run(func(ctx context.Context, w *app.Run) error { return test.All(ctx, w, test.IntegrationOptions{}) }).Want(t, 1)
	if left, _ := filepath.Glob(filepath.Join(s.Dir, ".spellbook/test/*")); len(left) > 0 {
		t.Errorf("a stack was begun: %v", left)
	}
}
