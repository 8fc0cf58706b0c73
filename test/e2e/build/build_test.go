package build_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// twoStages compiles something and copies it over; its last step depends on
// app.txt, those before on lib.txt alone.
const twoStages = `FROM lab/base:bookworm AS builder
WORKDIR /src
COPY lib.txt .
RUN cat lib.txt > /part
COPY app.txt .
RUN cat app.txt /part > /out
FROM lab/base:bookworm
COPY --from=builder /out /out
CMD ["cat", "/out"]
`

// builds is a stack whose services web, worker and agent have one definition.
func builds(t *testing.T) *stack {
	s := newStack(t, `
  web: &service {image: sbtest/SELF:dev, build: {context: ../app}}
  worker: {<<: *service, image: sbtest/SELF-worker:dev}
  agent: {<<: *service}
  database: {image: lab/service:1}
`)
	t.Cleanup(s.RemoveImages)
	s.Write(strings.ReplaceAll(strings.TrimPrefix(s.Read("compose/docker-compose.yml"), "name: "+s.Name+"\nservices:\n"), "SELF", s.Name))
	s.File("app/Dockerfile", twoStages)
	s.File("app/.dockerignore", "ignored*\n")
	s.File("app/lib.txt", "lib\n")
	s.File("app/app.txt", "app of "+s.Name+"\n")
	return s
}

func (s *stack) build(o build.Options) stacktest.Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error { return build.Build(ctx, w, o) })
}

// built runs build:all and returns its document.
func (s *stack) built(o build.Options) report.BuildReport {
	s.T.Helper()
	o.All, o.JSON = true, true
	r := s.build(o).Want(s.T, failure.OK)
	var doc report.BuildReport
	if err := json.Unmarshal([]byte(r.Out), &doc); err != nil {
		s.T.Fatalf("%v\n%s", err, r.All())
	}
	return doc
}

// is fails the test unless the one build has come to that state for a cause
// that holds these words.
func is(t *testing.T, doc report.BuildReport, state report.BuildState, cause string) report.Built {
	t.Helper()
	if len(doc.Builds) != 1 {
		t.Fatalf("%d builds", len(doc.Builds))
	}
	b := doc.Builds[0]
	if b.State != state || !strings.Contains(b.Cause, cause) {
		t.Fatalf("%s because of %q, want %s because of %q", b.State, b.Cause, state, cause)
	}
	return b
}

func TestAnImageIsBuiltOnceAndNeverAgainUntilSomethingChanged(t *testing.T) {
	t.Parallel()
	s := builds(t)
	first := is(t, s.built(build.Options{}), report.ImageBuilt, "no image yet")
	if got := strings.Join(first.Services, " "); got != "agent web worker" {
		t.Errorf("built for %s", got)
	}
	for _, tag := range []string{first.Image, "sbtest/" + s.Name + ":dev", "sbtest/" + s.Name + "-worker:dev"} {
		if id := strings.TrimSpace(stacktest.Docker(t, "image", "inspect", "--format", "{{.Id}}", tag)); id != first.ImageID {
			t.Errorf("%s is %s, not %s", tag, id, first.ImageID)
		}
	}
	again := s.built(build.Options{})
	if is(t, again, report.ImageExists, ""); again.Changed {
		t.Error("the second run says that it changed something")
	}

	t.Log("times and ignored files do not count")
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(filepath.Join(s.Dir, "app/app.txt"), later, later); err != nil {
		t.Fatal(err)
	}
	s.File("app/ignored.txt", "anything")
	is(t, s.built(build.Options{}), report.ImageExists, "")

	t.Log("content and modes do")
	s.File("app/app.txt", "another app\n")
	second := is(t, s.built(build.Options{}), report.ImageBuilt, "app.txt changed")
	if second.ImageID == first.ImageID || second.Key == first.Key {
		t.Error("another content has the same image")
	}
	if err := os.Chmod(filepath.Join(s.Dir, "app/lib.txt"), 0o755); err != nil {
		t.Fatal(err)
	}

	is(t, s.built(build.Options{}), report.ImageBuilt, "lib.txt changed")
	s.File("app/app.txt", "a third app\n")
	third := is(t, s.built(build.Options{}), report.ImageBuilt, "app.txt changed")

	t.Log("back to what was built before: its image is there, and gets its names back")
	if err := os.Chmod(filepath.Join(s.Dir, "app/lib.txt"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.File("app/app.txt", "another app\n")
	back := is(t, s.built(build.Options{}), report.ImageTagged, "image is there")
	if back.ImageID != second.ImageID || back.ImageID == third.ImageID {
		t.Errorf("back to %s, want %s", back.ImageID, second.ImageID)
	}
	if id := strings.TrimSpace(stacktest.Docker(t, "image", "inspect", "--format", "{{.Id}}", "sbtest/"+s.Name+":dev")); id != second.ImageID {
		t.Errorf("the name is of %s", id)
	}

	t.Log("what was removed is built again")
	for _, tag := range second.Tags {
		stacktest.Docker(t, "image", "rm", tag)
	}
	is(t, s.built(build.Options{}), report.ImageBuilt, "")
	is(t, s.built(build.Options{Force: true}), report.ImageBuilt, "forced")
}

func TestOneChangedFileRunsTheLastStepsAlone(t *testing.T) {
	t.Parallel()
	s := builds(t)
	s.built(build.Options{})
	s.File("app/app.txt", "changed of "+s.Name+"\n")
	b := is(t, s.built(build.Options{}), report.ImageBuilt, "app.txt changed")
	var ran, cached []string
	for _, step := range b.Steps {
		switch {
		case step.Number == 0 || strings.HasPrefix(step.Name, "FROM"):
		case step.Cached:
			cached = append(cached, step.Name)
		default:
			ran = append(ran, step.Name)
		}
	}
	if want := []string{"COPY app.txt .", "RUN cat app.txt /part > /out", "COPY --from=builder /out /out"}; !slices.Equal(ran, want) {
		t.Errorf("BuildKit ran %q, want %q (cached: %q)", ran, want, cached)
	}
	for _, want := range []string{"COPY lib.txt .", "RUN cat lib.txt > /part"} {
		if !slices.Contains(cached, want) {
			t.Errorf("%s was not cached: %q", want, cached)
		}
	}
}

func TestTwoBuildsAtOnceAreOne(t *testing.T) {
	t.Parallel()
	s := builds(t)
	var wait sync.WaitGroup
	docs := make([]report.BuildReport, 2)
	for i := range docs {
		wait.Go(func() { docs[i] = s.built(build.Options{}) })
	}
	wait.Wait()
	states := []string{string(docs[0].Builds[0].State), string(docs[1].Builds[0].State)}
	slices.Sort(states)
	if !slices.Equal(states, []string{"built", "exists"}) {
		t.Errorf("states %v", states)
	}
}

func TestAnImageTellsTheCommitThatItIsOf(t *testing.T) {
	t.Parallel()
	s := builds(t)
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", s.Dir, "-c", "user.name=x", "-c", "user.email=x@example.org"}, args...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "--quiet")
	git("remote", "add", "origin", "https://someone:hunter2@git.example/team/shop.git")
	git("add", ".")
	git("commit", "--quiet", "--date=2026-01-02T03:04:05Z", "-m", "first")
	label := func(name string) string {
		return strings.TrimSpace(stacktest.Docker(t, "image", "inspect", "--format", `{{index .Config.Labels "org.opencontainers.image.`+name+`"}}`, "sbtest/"+s.Name+":dev"))
	}
	clean := s.built(build.Options{}).Builds[0]
	if got := label("revision"); got != git("rev-parse", "HEAD") {
		t.Errorf("revision %s", got)
	}
	if got, want := label("created"), git("log", "-1", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "--format=%cI"); !sameTime(t, got, want) {
		t.Errorf("created %s, want %s", got, want)
	}
	if got := label("source"); got != "https://git.example/team/shop" {
		t.Errorf("source %s", got)
	}
	s.File("app/ignored.txt", "not an input")
	s.File("elsewhere.txt", "not an input")
	is(t, s.built(build.Options{Force: true}), report.ImageBuilt, "forced")
	if got := label("revision"); got != git("rev-parse", "HEAD") {
		t.Errorf("a file that is no input makes it %s", got)
	}
	s.File("app/new.txt", "not committed")
	dirty := s.built(build.Options{}).Builds[0]
	if got := label("revision"); got != git("rev-parse", "HEAD")+"-dirty-"+dirty.Key || dirty.Key == clean.Key {
		t.Errorf("revision of a dirty tree %s", got)
	}
}

func sameTime(t *testing.T, a, b string) bool {
	t.Helper()
	x, err := time.Parse(time.RFC3339, a)
	if err != nil {
		t.Error(err)
	}
	y, err := time.Parse(time.RFC3339, b)
	if err != nil {
		t.Error(err)
	}
	return x.Equal(y)
}

func TestASecretReachesABuildAndNothingElse(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  web:
    image: sbtest/SELF:dev
    build:
      context: ../app
      secrets: [TOKEN, netrc]
secrets:
  TOKEN: {environment: TOKEN}
  netrc: {file: ../netrc}
`)
	t.Cleanup(s.RemoveImages)
	s.Write(strings.ReplaceAll(strings.TrimPrefix(s.Read("compose/docker-compose.yml"), "name: "+s.Name+"\nservices:\n"), "SELF", s.Name))
	s.File("netrc", "machine example password swordfish\n")
	s.File("app/Dockerfile", `FROM lab/base:bookworm
RUN --mount=type=secret,id=TOKEN --mount=type=secret,id=netrc \
    test "$(sha256sum < /run/secrets/TOKEN)" = "`+fmt.Sprintf("%x  -", sha256.Sum256([]byte("correct horse")))+`" && \
    grep -q "^machine example password .*fish$" /run/secrets/netrc
`)
	s.Env = append(s.Env, "TOKEN=correct horse")
	r := s.build(build.Options{All: true, JSON: true}).Want(t, failure.OK)
	history := stacktest.Docker(t, "history", "--no-trunc", "sbtest/"+s.Name+":dev") + stacktest.Docker(t, "image", "inspect", "sbtest/"+s.Name+":dev") + r.All()
	for _, value := range []string{"correct horse", "swordfish"} {
		if strings.Contains(history, value) {
			t.Errorf("%q comes out", value)
		}
	}
	t.Log("as an argument it is refused, with the way to do it right")
	s.Edit("compose/docker-compose.yml", "secrets: [TOKEN, netrc]", "args: {TOKEN: \"${TOKEN}\"}")
	s.build(build.Options{All: true}).Want(t, failure.Preflight).Says(t, "argument TOKEN", "mount=type=secret,id=TOKEN")
	s.build(build.Options{All: true}).SaysNot(t, "correct horse")
}
