// Package dev_test develops: the sample backend on its infrastructure, and dev:watch.
package dev_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/dev"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// devStack is a stack whose backend serves the content of a file, once it is
// in the place where its check looks for it.
type devStack struct {
	*stacktest.Stack
	g   *stacktest.Job
	err int // how much of the errors has been read
	out int
}

const devDockerfile = `FROM lab/base:bookworm
COPY . /app/
CMD ["sh", "/app/start.sh"]
`

const devStart = "cp /app/content /served\nexec sleep infinity\n"

func newDevStack(t *testing.T) *devStack {
	t.Helper()
	s := &devStack{Stack: stacktest.New(t, "  base: {image: lab/service:1}\n")}
	s.backend("one")
	s.File("app/Dockerfile", devDockerfile)
	s.File("app/.dockerignore", "Dockerfile\n*.log\ncache/\n")
	s.File("app/content", "one")
	s.File("app/start.sh", devStart)
	s.File("app/name", s.Name) // so that no other test's steps are in the cache
	t.Cleanup(s.removeImages)
	return s
}

// backend writes the Compose file of the application's own service.
func (s *devStack) backend(greeting string) {
	s.T.Helper()
	s.File("compose/docker-compose.backend.yml", "services:\n"+s.app(greeting))
}

func (s *devStack) app(greeting string) string {
	return `  app:
    build: ../app
    image: ` + s.Name + `-app:dev
    stop_signal: SIGKILL
    environment: {GREETING: ` + greeting + `}
    healthcheck: {test: [CMD, test, -f, /served], interval: 1s, retries: 3}
    depends_on: [base]
`
}

// removeImages takes away what was built, and what uses it before.
func (s *devStack) removeImages() {
	s.Remove()
	out, _ := exec.Command("docker", "image", "ls", "-q", "--filter", "label="+docker.LabelProject+"="+s.Name).Output()
	if ids := strings.Fields(string(out)); len(ids) > 0 {
		_ = exec.Command("docker", append([]string{"image", "rm", "-f"}, ids...)...).Run()
	}
}

func (s *devStack) watch() {
	s.T.Helper()
	s.begin()
	s.says(" (Ctrl-C ends it)\n")
}

func (s *devStack) begin() {
	s.T.Helper()
	s.T.Cleanup(func() {
		if s.T.Failed() {
			s.T.Logf("output:\n%s\nerrors:\n%s", s.g.Out, s.g.Err)
		}
	})
	s.g = s.Start(nil, func(ctx context.Context, w *app.Run) error {
		return dev.Watch(ctx, w, dev.WatchOptions{})
	})
}

// says waits for output after what was waited for last, and returns what came
// in between.
func (s *devStack) says(pattern string) string {
	s.T.Helper()
	re := regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(pattern), "TOOK", `[0-9.]+m?s`))
	var between string
	s.g.Out.Await(s.T, pattern+" (errors: "+s.g.Err.String()+")", func(text string) bool {
		at := re.FindStringIndex(text[s.out:])
		if at != nil {
			between = text[s.out : s.out+at[0]]
			s.out += at[1]
		}
		return at != nil
	})
	return between
}

// complains waits for an error output after that waited for last.
func (s *devStack) complains(text string) {
	s.T.Helper()
	s.g.Err.Await(s.T, text, func(all string) bool {
		at := strings.Index(all[s.err:], text)
		if at >= 0 {
			s.err += at + len(text)
		}
		return at >= 0
	})
}

// serves tells what the running container serves.
func (s *devStack) serves(want string) {
	s.T.Helper()
	if got := stacktest.Docker(s.T, "exec", s.Name+"-app-1", "cat", "/served"); got != want {
		s.T.Errorf("%q is served, want %q", got, want)
	}
}

// buildRuns waits until a build is at a command.
func (s *devStack) buildRuns(command string) {
	s.T.Helper()
	stacktest.Eventually(s.T, command+" runs", func() bool {
		return exec.Command("pgrep", "-f", "^/bin/sh -c "+command).Run() == nil
	})
}

func (s *devStack) container() string {
	s.T.Helper()
	return s.IDs()[s.Name+"-app-1"]
}

func TestDevWatchRebuildsAndRestartsWhatAChangeAffects(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.watch()
	s.serves("one")
	base := s.IDs()[s.Name+"-base-1"]

	s.File("app/content", "two")
	s.says(" app  content changed → built TOOK (1 of ")
	s.says(" steps) → ready TOOK\n")
	s.serves("two")

	before := s.container()
	s.File("app/debug.log", "nothing to do with it")
	s.File("app/cache/deep/file", "neither")
	s.File("app/content", "two")
	if err := os.Chtimes(filepath.Join(s.Dir, "app/content"), time.Now(), time.Now()); err != nil {
		t.Fatal(err)
	}
	s.File("compose/docker-compose.yml", "name: "+s.Name+"\n# said otherwise\nservices:\n  base: {image: lab/service:1}\n")
	s.File("app/more", "a new file")
	if between := s.says(" app  more changed → built TOOK"); strings.Contains(between, "\n") {
		t.Errorf("told of nothing: %q", between)
	}
	s.says(" → ready TOOK\n")
	if s.container() == before {
		t.Error("the service has its old container")
	}
	if s.IDs()[s.Name+"-base-1"] != base {
		t.Error("a service that has nothing to do with it was restarted")
	}
}

func TestDevWatchLeavesRunningWhatRanWhileABuildFails(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.watch()
	before := s.container()
	s.File("app/Dockerfile", strings.Replace(devDockerfile, "CMD", "RUN echo looking; exit 3\nCMD", 1))
	s.says(" app  Dockerfile changed → build failed after TOOK, the containers go on running as they are\n")
	s.complains("RUN echo looking; exit 3")
	s.File("app/Dockerfile", "FORM lab/base:bookworm\n")
	s.says(" app  cannot be built → the containers go on running as they are\n")
	s.complains("FORM")
	if s.container() != before {
		t.Error("the container is another")
	}
	s.serves("one")

	s.File("app/Dockerfile", devDockerfile)
	s.says(" stack  all is as it was, nothing to build\n")
	s.File("app/content", "two")
	s.says(" app  content changed → built ")
	s.says(" → ready TOOK\n")
	s.serves("two")
}

func TestDevWatchBuildsOnceMoreWhatChangesDuringABuild(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.watch()
	s.File("app/Dockerfile", devDockerfile+"RUN sleep 3.0317\n")
	s.buildRuns("sleep 3.0317")
	s.File("app/content", "two")
	s.says(" app  Dockerfile changed → changed again while it was built\n")
	s.says(" app  Dockerfile changed, content changed → built TOOK (2 of ")
	s.says(" → ready TOOK\n")
	s.serves("two")
}

func TestDevWatchBuildsOnceMoreWhatChangesDuringItsFirstBuild(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.File("app/Dockerfile", devDockerfile+"RUN sleep 3.0318\n")
	s.begin()
	s.buildRuns("sleep 3.0318")
	s.File("app/content", "two")
	s.says(" app  ")
	s.says(" → built ")
	s.says(" → ready TOOK\n")
	s.serves("two")
}

func TestDevWatchPutsBackWhatRanWhenTheNewOneDoesNotGetReady(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.watch()
	s.File("app/start.sh", "echo I am broken; exit 3\n")
	s.says(" app  start.sh changed → built ")
	s.says(" → app is not ready: exited with code 3 → what ran before runs again\n")
	s.complains("I am broken")
	s.serves("one")

	s.File("app/start.sh", "# better\n"+devStart)
	s.says(" app  start.sh changed → built ")
	s.says(" → ready TOOK\n")
	s.serves("one")
}

func TestDevWatchReloadsTheComposeFiles(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.watch()
	s.backend("two")
	s.says(" stack  compose/docker-compose.backend.yml changed → reloaded → ready TOOK\n")
	if got := stacktest.Docker(t, "exec", s.Name+"-app-1", "printenv", "GREETING"); got != "two\n" {
		t.Errorf("the container has GREETING=%q", got)
	}
	s.File("compose/docker-compose.backend.yml", "services: [\n")
	s.says(" stack  compose/docker-compose.backend.yml changed → cannot be loaded, so all goes on as before\n")
	s.complains("docker-compose.backend.yml")
	s.backend("three")
	s.says(" → reloaded → ready TOOK\n")

	s.File("app/.dockerignore", "Dockerfile\n*.log\n")
	s.says(" app  .dockerignore changed → built ")
	s.says(" → ready TOOK\n")
	s.File("app/cache/file", "no longer ignored")
	s.says("cache")
	s.says(" → ready TOOK\n")
}

func TestDevWatchBeginsWithSourcesThatAreBroken(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.File("app/Dockerfile", devDockerfile+"RUN exit 3\n")
	s.watch()
	s.complains("Error: build " + s.Name + "-app")
	if ids := s.IDs(); len(ids) > 0 {
		t.Errorf("containers were made: %q", ids)
	}
	s.File("app/Dockerfile", devDockerfile)
	s.says(" app  ")
	s.says(" → built ")
	s.says(" → ready TOOK\n")
	s.serves("one")
}

func TestDevWatchGoesOnWithTheImagesThatCanBeBuilt(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.File("other/Dockerfile", devDockerfile)
	s.File("other/start.sh", devStart)
	s.File("other/content", "one")
	s.File("compose/docker-compose.backend.yml", "services:\n"+s.app("one")+`
  other: &other
    build: ../other
    image: `+s.Name+`-app:other
    stop_signal: SIGKILL
  another: {<<: *other, image: "`+s.Name+`-app:another"}
`)
	s.watch()
	before := s.container()
	s.File("other/content", "two")
	s.File("app/Dockerfile", devDockerfile+"RUN exit 3\n")
	s.says(" another, other  content changed → built TOOK")
	s.says(" → ready TOOK\n")
	s.says(" app  Dockerfile changed → build failed after TOOK")
	for _, service := range []string{"other", "another"} {
		if got := stacktest.Docker(t, "exec", s.Name+"-"+service+"-1", "cat", "/app/content"); got != "two" {
			t.Errorf("%s has %q", service, got)
		}
	}
	if s.container() != before {
		t.Error("the service whose build failed has another container")
	}
}

func TestCtrlCInABuildOfDevWatchLeavesRunningWhatRan(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.watch()
	before := s.container()
	images := stacktest.Docker(t, "image", "ls", "--format", "{{.Tag}} {{.ID}}", s.Name+"-app")
	s.File("app/Dockerfile", devDockerfile+"RUN echo begun && sleep 120\n")
	s.buildRuns("echo begun && sleep 120")
	s.g.Signals <- os.Interrupt
	if code := s.g.Wait(t); code != int(failure.Interrupted) {
		t.Errorf("exit code %d", code)
	}
	s.says(" app  Dockerfile changed → interrupted\nno longer watching; ")
	if s.container() != before {
		t.Error("the container is another")
	}
	if now := stacktest.Docker(t, "image", "ls", "--format", "{{.Tag}} {{.ID}}", s.Name+"-app"); now != images {
		t.Errorf("images were\n%sand are\n%s", images, now)
	}
}

func TestDevWatchRefusesServicesThatAreNotBuilt(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	for services, want := range map[string]failure.Code{"base": failure.Preflight, "nobody": failure.Usage} {
		s.Run(func(ctx context.Context, w *app.Run) error {
			return dev.Watch(ctx, w, dev.WatchOptions{Services: []string{services}})
		}).Want(t, want)
	}
	if ids := s.IDs(); len(ids) > 0 {
		t.Errorf("containers were made: %q", ids)
	}
}

func TestCtrlCEndsTheProgramOfDevWatchWithoutAWordOfMage(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	cmd := s.Mage("dev:watch")
	cmd.Env = append(cmd.Env, "CI=true")
	out := stacktest.NewOutput()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out.AwaitText(t, "watching the files of app")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != int(failure.Interrupted) {
		t.Errorf("exit code %d", code)
	}
	if text := out.String(); !strings.HasSuffix(text, "ends them)\n") || strings.Contains(text, "\x1b") {
		t.Errorf("got %q", text)
	}
}

func TestCtrlCEndsDevWatchAndLeavesTheContainers(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.watch()
	before := s.container()
	s.g.Signals <- os.Interrupt
	if code := s.g.Wait(t); code != int(failure.Interrupted) {
		t.Errorf("exit code %d", code)
	}
	s.says("no longer watching; the containers go on running (mage infra:down ends them)\n")
	if s.container() != before || !strings.HasSuffix(before, "running") {
		t.Errorf("the container was %q and is %q", before, s.container())
	}
}
