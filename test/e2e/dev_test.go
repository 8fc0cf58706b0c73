package e2e_test

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
)

// devStack is a stack whose backend serves the content of a file, once it is
// in the place where its check looks for it.
type devStack struct {
	*stack
	g   *going
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
	s := &devStack{stack: newStack(t, "  base: {image: lab/service:1}\n")}
	s.backend("one")
	s.file("app/Dockerfile", devDockerfile)
	s.file("app/.dockerignore", "Dockerfile\n*.log\ncache/\n")
	s.file("app/content", "one")
	s.file("app/start.sh", devStart)
	s.file("app/name", s.name) // so that no other test's steps are in the cache
	t.Cleanup(s.removeImages)
	return s
}

// backend writes the Compose file of the application's own service.
func (s *devStack) backend(greeting string) {
	s.t.Helper()
	s.file("compose/docker-compose.backend.yml", "services:\n"+s.app(greeting))
}

func (s *devStack) app(greeting string) string {
	return `  app:
    build: ../app
    image: ` + s.name + `-app:dev
    stop_signal: SIGKILL
    environment: {GREETING: ` + greeting + `}
    healthcheck: {test: [CMD, test, -f, /served], interval: 1s, retries: 3}
    depends_on: [base]
`
}

// removeImages takes away what was built, and what uses it before.
func (s *devStack) removeImages() {
	s.remove()
	out, _ := exec.Command("docker", "image", "ls", "-q", "--filter", "label="+docker.LabelProject+"="+s.name).Output()
	if ids := strings.Fields(string(out)); len(ids) > 0 {
		_ = exec.Command("docker", append([]string{"image", "rm", "-f"}, ids...)...).Run()
	}
}

func (s *devStack) watch() {
	s.t.Helper()
	s.begin()
	s.says(" (Ctrl-C ends it)\n")
}

func (s *devStack) begin() {
	s.t.Helper()
	s.t.Cleanup(func() {
		if s.t.Failed() {
			s.t.Logf("output:\n%s\nerrors:\n%s", s.g.out, s.g.err)
		}
	})
	s.g = s.start(nil, func(ctx context.Context, w *app.Run) error {
		return dev.Watch(ctx, w, dev.WatchOptions{})
	})
}

// says waits for output after what was waited for last, and returns what came
// in between.
func (s *devStack) says(pattern string) string {
	s.t.Helper()
	re := regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(pattern), "TOOK", `[0-9.]+m?s`))
	var between string
	s.g.out.await(s.t, pattern+" (errors: "+s.g.err.String()+")", func(text string) bool {
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
	s.t.Helper()
	s.g.err.await(s.t, text, func(all string) bool {
		at := strings.Index(all[s.err:], text)
		if at >= 0 {
			s.err += at + len(text)
		}
		return at >= 0
	})
}

// serves tells what the running container serves.
func (s *devStack) serves(want string) {
	s.t.Helper()
	if got := cli(s.t, "exec", s.name+"-app-1", "cat", "/served"); got != want {
		s.t.Errorf("%q is served, want %q", got, want)
	}
}

// buildRuns waits until a build is at a command.
func (s *devStack) buildRuns(command string) {
	s.t.Helper()
	eventually(s.t, command+" runs", 20*time.Second, func() bool {
		return exec.Command("pgrep", "-f", "^/bin/sh -c "+command).Run() == nil
	})
}

func (s *devStack) container() string {
	s.t.Helper()
	return s.ids()[s.name+"-app-1"]
}

func TestDevWatchRebuildsAndRestartsWhatAChangeAffects(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.watch()
	s.serves("one")
	base := s.ids()[s.name+"-base-1"]

	s.file("app/content", "two")
	s.says(" app  content changed → built TOOK (1 of ")
	s.says(" steps) → ready TOOK\n")
	s.serves("two")

	before := s.container()
	s.file("app/debug.log", "nothing to do with it")
	s.file("app/cache/deep/file", "neither")
	s.file("app/content", "two")
	if err := os.Chtimes(filepath.Join(s.dir, "app/content"), time.Now(), time.Now()); err != nil {
		t.Fatal(err)
	}
	s.file("compose/docker-compose.yml", "name: "+s.name+"\n# said otherwise\nservices:\n  base: {image: lab/service:1}\n")
	s.file("app/more", "a new file")
	if between := s.says(" app  more changed → built TOOK"); strings.Contains(between, "\n") {
		t.Errorf("told of nothing: %q", between)
	}
	s.says(" → ready TOOK\n")
	if s.container() == before {
		t.Error("the service has its old container")
	}
	if s.ids()[s.name+"-base-1"] != base {
		t.Error("a service that has nothing to do with it was restarted")
	}
}

func TestDevWatchLeavesRunningWhatRanWhileABuildFails(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.watch()
	before := s.container()
	s.file("app/Dockerfile", strings.Replace(devDockerfile, "CMD", "RUN echo looking; exit 3\nCMD", 1))
	s.says(" app  Dockerfile changed → build failed after TOOK, the containers go on running as they are\n")
	s.complains("RUN echo looking; exit 3")
	s.file("app/Dockerfile", "FORM lab/base:bookworm\n")
	s.says(" app  cannot be built → the containers go on running as they are\n")
	s.complains("FORM")
	if s.container() != before {
		t.Error("the container is another")
	}
	s.serves("one")

	s.file("app/Dockerfile", devDockerfile)
	s.says(" stack  all is as it was, nothing to build\n")
	s.file("app/content", "two")
	s.says(" app  content changed → built ")
	s.says(" → ready TOOK\n")
	s.serves("two")
}

func TestDevWatchBuildsOnceMoreWhatChangesDuringABuild(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.watch()
	s.file("app/Dockerfile", devDockerfile+"RUN sleep 3.0317\n")
	s.buildRuns("sleep 3.0317")
	s.file("app/content", "two")
	s.says(" app  Dockerfile changed → changed again while it was built\n")
	s.says(" app  Dockerfile changed, content changed → built TOOK (2 of ")
	s.says(" → ready TOOK\n")
	s.serves("two")
}

func TestDevWatchBuildsOnceMoreWhatChangesDuringItsFirstBuild(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.file("app/Dockerfile", devDockerfile+"RUN sleep 3.0318\n")
	s.begin()
	s.buildRuns("sleep 3.0318")
	s.file("app/content", "two")
	s.says(" app  ")
	s.says(" → built ")
	s.says(" → ready TOOK\n")
	s.serves("two")
}

func TestDevWatchPutsBackWhatRanWhenTheNewOneDoesNotGetReady(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.watch()
	s.file("app/start.sh", "echo I am broken; exit 3\n")
	s.says(" app  start.sh changed → built ")
	s.says(" → app is not ready: exited with code 3 → what ran before runs again\n")
	s.complains("I am broken")
	s.serves("one")

	s.file("app/start.sh", "# better\n"+devStart)
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
	if got := cli(t, "exec", s.name+"-app-1", "printenv", "GREETING"); got != "two\n" {
		t.Errorf("the container has GREETING=%q", got)
	}
	s.file("compose/docker-compose.backend.yml", "services: [\n")
	s.says(" stack  compose/docker-compose.backend.yml changed → cannot be loaded, so all goes on as before\n")
	s.complains("docker-compose.backend.yml")
	s.backend("three")
	s.says(" → reloaded → ready TOOK\n")

	s.file("app/.dockerignore", "Dockerfile\n*.log\n")
	s.says(" app  .dockerignore changed → built ")
	s.says(" → ready TOOK\n")
	s.file("app/cache/file", "no longer ignored")
	s.says("cache")
	s.says(" → ready TOOK\n")
}

func TestDevWatchBeginsWithSourcesThatAreBroken(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.file("app/Dockerfile", devDockerfile+"RUN exit 3\n")
	s.watch()
	s.complains("Error: build " + s.name + "-app")
	if ids := s.ids(); len(ids) > 0 {
		t.Errorf("containers were made: %q", ids)
	}
	s.file("app/Dockerfile", devDockerfile)
	s.says(" app  ")
	s.says(" → built ")
	s.says(" → ready TOOK\n")
	s.serves("one")
}

func TestDevWatchGoesOnWithTheImagesThatCanBeBuilt(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.file("other/Dockerfile", devDockerfile)
	s.file("other/start.sh", devStart)
	s.file("other/content", "one")
	s.file("compose/docker-compose.backend.yml", "services:\n"+s.app("one")+`
  other: &other
    build: ../other
    image: `+s.name+`-app:other
    stop_signal: SIGKILL
  another: {<<: *other, image: "`+s.name+`-app:another"}
`)
	s.watch()
	before := s.container()
	s.file("other/content", "two")
	s.file("app/Dockerfile", devDockerfile+"RUN exit 3\n")
	s.says(" another, other  content changed → built TOOK")
	s.says(" → ready TOOK\n")
	s.says(" app  Dockerfile changed → build failed after TOOK")
	for _, service := range []string{"other", "another"} {
		if got := cli(t, "exec", s.name+"-"+service+"-1", "cat", "/app/content"); got != "two" {
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
	images := cli(t, "image", "ls", "--format", "{{.Tag}} {{.ID}}", s.name+"-app")
	s.file("app/Dockerfile", devDockerfile+"RUN echo begun && sleep 120\n")
	s.buildRuns("echo begun && sleep 120")
	s.g.signals <- os.Interrupt
	if code := s.g.code(t); code != int(failure.Interrupted) {
		t.Errorf("exit code %d", code)
	}
	s.says(" app  Dockerfile changed → interrupted\nno longer watching; ")
	if s.container() != before {
		t.Error("the container is another")
	}
	if now := cli(t, "image", "ls", "--format", "{{.Tag}} {{.ID}}", s.name+"-app"); now != images {
		t.Errorf("images were\n%sand are\n%s", images, now)
	}
}

func TestDevWatchRefusesServicesThatAreNotBuilt(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	for services, want := range map[string]failure.Code{"base": failure.Preflight, "nobody": failure.Usage} {
		s.run(func(ctx context.Context, w *app.Run) error {
			return dev.Watch(ctx, w, dev.WatchOptions{Services: []string{services}})
		}).want(t, want)
	}
	if ids := s.ids(); len(ids) > 0 {
		t.Errorf("containers were made: %q", ids)
	}
}

func TestCtrlCEndsTheProgramOfDevWatchWithoutAWordOfMage(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	cmd := exec.Command(binary(t), "dev:watch")
	cmd.Dir, cmd.Env = s.dir, append(s.env, "CI=true")
	out := newWatched()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out.await(t, "the watch", func(text string) bool { return strings.Contains(text, "watching the files of app") })
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
	s.g.signals <- os.Interrupt
	if code := s.g.code(t); code != int(failure.Interrupted) {
		t.Errorf("exit code %d", code)
	}
	s.says("no longer watching; the containers go on running (mage infra:down ends them)\n")
	if s.container() != before || !strings.HasSuffix(before, "running") {
		t.Errorf("the container was %q and is %q", before, s.container())
	}
}
