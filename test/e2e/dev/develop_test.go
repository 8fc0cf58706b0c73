package dev_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/dev"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// newDevelopStack is a stack of these services, which is not watched yet. Of each the
// files are those of src.
func newDevelopStack(t *testing.T, services string) *devStack {
	t.Helper()
	s := &devStack{Stack: stacktest.New(t, "  base: {image: lab/service:1}\n")}
	s.File("compose/docker-compose.backend.yml", "services:\n"+services)
	for _, name := range []string{"a.txt", "sub/b.txt", "sub/deep/c.txt"} {
		s.File("src/"+name, "first "+name)
	}
	t.Cleanup(s.removeImages)
	return s
}

// waiting is a service that waits, whose rule is the rest of its section.
func waiting(name, rest string) string {
	return "  " + name + ": {image: \"lab/base:bookworm\", command: [sh, -c, \"echo began >> /began; exec sleep infinity\"], stop_grace_period: 0s, " + rest + "}\n"
}

// rules are those of develop.watch, in YAML's short form.
func rules(list ...string) string {
	return "develop: {watch: [{" + strings.Join(list, "}, {") + "}]}"
}

func (s *devStack) in(service string, command ...string) string {
	s.T.Helper()
	return stacktest.Docker(s.T, append([]string{"exec", "-u", "0:0", s.Name + "-" + service + "-1"}, command...)...)
}

// files lists what a container has in a directory: path, mode, owner, time, size
// and where links point.
func (s *devStack) files(service, dir string) string {
	s.T.Helper()
	return s.in(service, "sh", "-c", "cd "+dir+" && find . -mindepth 1 -type d -printf '%P %M %U:%G\\n' -o -type l -printf '%P %M %U:%G %l\\n' -o -printf '%P %M %U:%G %T@ %s\\n' | sort")
}

func (s *devStack) write(names ...string) {
	s.T.Helper()
	for _, name := range names {
		s.File(name, name+" anew")
	}
}

func TestDevWatchSyncsWhatChangesGoesAndComes(t *testing.T) {
	t.Parallel()
	s := newDevelopStack(t, waiting("app", rules("action: sync, path: ../src, target: /app, initial_sync: true, ignore: ['*.log', 'tmp/']")))
	s.watch()
	if text := s.g.Out.String(); !strings.Contains(text, "app  develop.watch: sync src to /app\n") || !strings.Contains(text, " app  initial_sync → synced 3 files ") {
		t.Errorf("it says\n%s", text)
	}
	before := s.container()
	s.write("src/a.txt")
	s.says(" app  src/a.txt changed → synced 1 file TOOK\n")
	s.write("src/new/deep/d.txt", "src/new/x.log", "src/tmp/x", "src/x.log", "src/.git/HEAD")
	s.says(" app  src/new/deep/d.txt and 1 more file changed → synced 2 files TOOK\n")
	if err := os.Rename(filepath.Join(s.Dir, "src/sub"), filepath.Join(s.Dir, "src/moved")); err != nil {
		t.Fatal(err)
	}
	s.says("changed → synced 2 and removed 1 file TOOK\n")
	if err := os.RemoveAll(filepath.Join(s.Dir, "src/new")); err != nil {
		t.Fatal(err)
	}
	s.says(" removed → removed 1 file TOOK\n")
	if err := errors.Join(os.RemoveAll(filepath.Join(s.Dir, "src/moved/deep")), os.WriteFile(filepath.Join(s.Dir, "src/moved/deep"), []byte("a file"), 0o600)); err != nil {
		t.Fatal(err)
	}
	s.says(" app  src/moved/deep changed → synced 1 and removed 1 file TOOK\n")
	if got := s.in("app", "sh", "-c", "cd /app && find . -type f | sort | xargs grep ."); got != "./a.txt:src/a.txt anew\n./moved/b.txt:first sub/b.txt\n./moved/deep:a file\n" {
		t.Errorf("it has\n%s", got)
	}
	if s.container() != before {
		t.Error("the container is another")
	}
}

func TestDevWatchRestartsAndRunsWhatTheRulesSay(t *testing.T) {
	t.Parallel()
	s := newDevelopStack(t, waiting("restarts", rules("action: restart, path: ../conf"))+
		waiting("syncs", rules("action: sync+restart, path: ../src, target: /app"))+
		waiting("runs", rules("action: sync+exec, path: ../src, target: /app, exec: {command: [sh, -c, 'cat /app/a.txt; pwd; exit $$CODE'], working_dir: /tmp, environment: {CODE: '3'}}")))
	s.watch()
	before := s.IDs()
	s.write("src/a.txt")
	s.says(" runs  src/a.txt changed → synced 1 file TOOK → `sh -c cat /app/a.txt; pwd; exit $CODE` ended with exit code 3\nsrc/a.txt anew/tmp\n")
	s.says(" syncs  src/a.txt changed → synced 1 file TOOK → restarted, ready TOOK\n")
	s.write("conf/x")
	s.says(" restarts  conf/x changed → restarted, ready TOOK\n")
	for service, want := range map[string]int{"restarts": 2, "syncs": 2, "runs": 1} {
		if n := strings.Count(s.in(service, "cat", "/began"), "began"); n != want {
			t.Errorf("%s began %d times, want %d", service, n, want)
		}
	}
	if now := s.IDs(); strings.Join([]string{now[s.Name+"-syncs-1"], now[s.Name+"-restarts-1"]}, " ") != strings.Join([]string{before[s.Name+"-syncs-1"], before[s.Name+"-restarts-1"]}, " ") {
		t.Errorf("containers were\n%q and are\n%q", before, now)
	}
}

// What is synced is not lost by a new container, nor by a build that fails.
func TestDevWatchRebuildsByItsRuleAndKeepsWhatWasSynced(t *testing.T) {
	t.Parallel()
	s := newDevelopStack(t, "  {}")
	s.File("app/Dockerfile", devDockerfile)
	s.File("app/.dockerignore", "Dockerfile\n")
	s.File("app/content", "one")
	s.File("app/start.sh", devStart)
	s.File("app/name", s.Name)
	section := func(greeting string) {
		s.File("compose/docker-compose.backend.yml", "services:\n"+s.app(greeting)+"    "+rules("action: rebuild, path: ../app/package", "action: rebuild, path: ../app/Dockerfile", "action: sync, path: ../src, target: /src")+"\n")
	}
	section("one")
	s.watch()
	if text := s.g.Out.String(); !strings.Contains(text, "app  develop.watch: rebuild app/package, rebuild app/Dockerfile, sync src to /src\n") {
		t.Errorf("it says\n%s", text)
	}
	first := s.container()
	s.File("app/content", "two") // which no rule is of
	s.write("src/a.txt")
	if between := s.says(" app  src/a.txt changed → synced 1 file TOOK\n"); strings.Contains(between, "built") {
		t.Errorf("it says %q", between)
	}
	s.write("app/package")
	s.says(" app  content and 1 more file changed → built ")
	s.says(" → ready TOOK\n")
	s.says(" app  src/a.txt changed → synced 1 file TOOK\n")
	if got := s.in("app", "cat", "/src/a.txt", "/served"); got != "src/a.txt anewtwo" || s.container() == first {
		t.Errorf("it has %q", got)
	}

	t.Log("a build that fails takes no sync with it")
	s.File("app/Dockerfile", devDockerfile+"RUN exit 3\n")
	s.write("src/sub/b.txt")
	s.says("build failed after TOOK, the containers go on running as they are\n")
	s.File("app/Dockerfile", devDockerfile)
	s.says(" stack  all is as it was, nothing to build\n")
	if got := s.in("app", "cat", "/src/sub/b.txt"); got != "src/sub/b.txt anew" {
		t.Errorf("it has %q", got)
	}

	t.Log("a container that is made anew for another reason has them too")
	second := s.container()
	section("other")
	s.says(" → reloaded → ready TOOK\n")
	s.says(" app  src/a.txt and 1 more file changed → synced 2 files TOOK\n")
	if got := s.in("app", "cat", "/src/a.txt", "/src/sub/b.txt", "/served"); got != "src/a.txt anewsrc/sub/b.txt anewtwo" || s.container() == second {
		t.Errorf("it has %q", got)
	}
}

func TestDevWatchGoesByBothRulesAtOnce(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.File("src/a.txt", "one")
	s.Write("  base: {image: lab/service:1, " + rules("action: sync, path: ../src, target: /data") + "}\n")
	s.watch()
	if text := s.g.Out.String(); !strings.Contains(text, "app   rebuilt and restarted when what its image is made from changes\nbase  develop.watch: sync src to /data\n") {
		t.Errorf("it says\n%s", text)
	}
	s.write("src/a.txt") // into a container that has no tool at all
	s.says(" base  src/a.txt changed → synced 1 file TOOK\n")
	if text, err := s.Client.FileIn(t.Context(), s.Name+"-base-1", "/data/a.txt"); err != nil || text != "src/a.txt anew" {
		t.Errorf("it has %q, %v", text, err)
	}
	if err := os.Remove(filepath.Join(s.Dir, "src/a.txt")); err != nil {
		t.Fatal(err)
	}
	s.says(" base  src/a.txt removed → 1 path could not be removed from the container, as it has no rm\n")
	s.File("app/content", "two")
	s.says(" app  content changed → built ")
	s.says(" → ready TOOK\n")
	s.serves("two")
}

func TestDevWatchSendsToEachContainerOfAService(t *testing.T) {
	t.Parallel()
	s := newDevelopStack(t, waiting("app", "scale: 2, "+rules("action: sync, path: ../src, target: /app")))
	s.watch()
	s.write("src/a.txt")
	s.says(" app  src/a.txt changed → synced 2 files in 2 containers TOOK\n")
	for _, name := range []string{"-app-1", "-app-2"} {
		if got := stacktest.Docker(t, "exec", s.Name+name, "cat", "/app/a.txt"); got != "src/a.txt anew" {
			t.Errorf("%s has %q", name, got)
		}
	}
}

// Not even the user is known on the machine, and what is there is root's.
func TestDevWatchGivesFilesToTheUserOfTheContainer(t *testing.T) {
	t.Parallel()
	s := newDevelopStack(t, "  {}")
	s.File("app/Dockerfile", "FROM lab/base:bookworm\nRUN echo onlyhere:x:4242:4343::/:/bin/sh >>/etc/passwd && mkdir /app && touch /app/a.txt # "+s.Name+"\n")
	s.File("compose/docker-compose.backend.yml", "services:\n"+waiting("app", "build: ../app, user: onlyhere, "+rules("action: sync, path: ../src, target: /app")))
	s.Edit("compose/docker-compose.backend.yml", "image: \"lab/base:bookworm\"", "image: "+s.Name+"-app:dev")
	s.Edit("compose/docker-compose.backend.yml", "echo began >> /began; ", "")
	s.watch()
	s.write("src/a.txt", "src/new/b.txt")
	s.says(" changed → synced 2 files TOOK\n")
	if got := s.in("app", "sh", "-c", "cd /app && find . -mindepth 1 -printf '%P %U:%G\\n' | sort"); got != "a.txt 4242:4343\nnew 4242:4343\nnew/b.txt 4242:4343\n" {
		t.Errorf("it has\n%s", got)
	}
	if err := os.Remove(filepath.Join(s.Dir, "src/a.txt")); err != nil {
		t.Fatal(err)
	}
	s.says(" app  src/a.txt removed → removed 1 file TOOK\n")
	if got := s.in("app", "ls", "/app"); got != "new\n" {
		t.Errorf("it has\n%s", got)
	}
}

func TestDevWatchRemovesNothingThatAVolumeHolds(t *testing.T) {
	t.Parallel()
	s := newDevelopStack(t, waiting("app", "volumes: [/app/sub/deep], "+rules("action: sync, path: ../src, target: /app, initial_sync: true")))
	s.watch()
	s.in("app", "sh", "-c", "echo kept | tee /app/sub/deep/data > /app/sub/deep/c.txt")
	if err := os.RemoveAll(filepath.Join(s.Dir, "src/sub")); err != nil {
		t.Fatal(err)
	}
	s.says(" removed → removed 1 file TOOK\n")
	if got := s.in("app", "sh", "-c", "cd /app && find . -type f | sort"); got != "./a.txt\n./sub/deep/c.txt\n./sub/deep/data\n" {
		t.Errorf("it has\n%s", got)
	}
}

func TestDevWatchRefusesRulesThatCannotBeFollowed(t *testing.T) {
	t.Parallel()
	for rule, says := range map[string]string{
		"action: sync, path: ../src":                    "target is required for non-rebuild actions",
		"action: rebuild, path: ../src":                 "service app: develop.watch has action rebuild, but there is no build section",
		"action: sync+exec, path: ../src, target: /app": "service app: develop.watch has action sync+exec, but no exec.command",
		"action: copy, path: ../src, target: /app":      "action",
	} {
		s := newDevelopStack(t, waiting("app", rules(rule)))
		s.Run(func(ctx context.Context, w *app.Run) error { return dev.Watch(ctx, w, dev.WatchOptions{}) }).Want(t, failure.Preflight).Says(t, says)
		if ids := s.IDs(); len(ids) > 0 {
			t.Errorf("containers were made: %q", ids)
		}
	}
}

// besideCompose has `docker compose watch` and dev:watch on two stacks of the same
// files, and compares after each step what the containers have.
func TestDevWatchAndComposeWatchSendTheSame(t *testing.T) {
	t.Parallel()
	services := waiting("app", "scale: 1, "+rules("action: sync, path: ../src, target: /app", "action: sync, path: ../one.conf, target: /etc/one.conf"))
	ours, theirs := newDevelopStack(t, services), newDevelopStack(t, services)
	ours.watch()
	theirs.composeWatch()
	look := func(s *devStack) string {
		return s.in("app", "sh", "-c", "ls -l --time-style=+%s /etc/one.conf 2>&1; mkdir -p /app") + s.files("app", "/app")
	}
	last := look(ours)
	at := func(s *devStack, name string) string { return filepath.Join(s.Dir, name) }
	for _, step := range []struct {
		name string
		do   func(s *devStack) error
	}{
		{"a file", func(s *devStack) error { s.write("src/a.txt"); return nil }},
		{"a mode", func(s *devStack) error { return os.Chmod(at(s, "src/a.txt"), 0o750) }},
		{"directories", func(s *devStack) error { s.write("src/new/x", "src/new/y"); return os.Mkdir(at(s, "src/empty"), 0o700) }},
		{"a link", func(s *devStack) error { return os.Symlink("x", at(s, "src/new/link")) }},
		{"a rename", func(s *devStack) error { return os.Rename(at(s, "src/new"), at(s, "src/renamed")) }},
		{"a removal", func(s *devStack) error { return os.Remove(at(s, "src/a.txt")) }},
		{"a file of a rule", func(s *devStack) error { s.write("one.conf"); return nil }},
	} {
		for _, s := range []*devStack{ours, theirs} {
			if err := step.do(s); err != nil {
				t.Fatal(err)
			}
			s.sameTimes()
		}
		var got, want string
		stacktest.Eventually(t, step.name+" is the same", func() bool {
			got, want = look(ours), look(theirs)
			return got == want && got != last
		})
		last = got
	}
}

// sameTimes gives all files the same time.
func (s *devStack) sameTimes() {
	s.T.Helper()
	at := time.Unix(1_700_000_000, 0)
	err := filepath.WalkDir(s.Dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			err = os.Chtimes(path, at, at)
		}
		return err
	})
	if err != nil {
		s.T.Fatal(err)
	}
}

// composeWatch runs `docker compose watch` until the test ends.
func (s *devStack) composeWatch() {
	s.T.Helper()
	cmd := exec.Command("docker", "compose", "-f", filepath.Join(s.Dir, "compose/docker-compose.yml"), "-f", filepath.Join(s.Dir, "compose/docker-compose.backend.yml"), "watch")
	out := stacktest.NewOutput()
	cmd.Env, cmd.Stdout, cmd.Stderr = s.Env, out, out
	if err := cmd.Start(); err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		if s.T.Failed() {
			s.T.Logf("docker compose watch:\n%s", out)
		}
	})
	out.AwaitText(s.T, "Watch enabled")
}
