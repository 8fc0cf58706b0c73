package build_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// twoBuilds is a stack of two different builds, each of which has its own file.
func twoBuilds(t *testing.T, dockerfile string) *stack {
	t.Helper()
	s := newStack(t, `
  left: {image: sbtest/SELF-left:dev, build: ../left}
  right: {image: sbtest/SELF-right:dev, build: ../right}
`)
	t.Cleanup(s.RemoveImages)
	s.Edit("compose/docker-compose.yml", "SELF-left", s.Name+"-left")
	s.Edit("compose/docker-compose.yml", "SELF-right", s.Name+"-right")
	for _, side := range []string{"left", "right"} {
		s.File(side+"/Dockerfile", strings.ReplaceAll(dockerfile, "SIDE", side))
		s.File(side+"/name", s.Name+side)
	}
	return s
}

func TestDifferentBuildsGoOnAtOnceInOneView(t *testing.T) {
	t.Parallel()
	s := twoBuilds(t, "FROM lab/base:bookworm\nCOPY name /\nRUN sleep 4.2468 # SIDE\n")
	g := s.Start(nil, func(ctx context.Context, w *app.Run) error {
		return build.Build(ctx, w, build.Options{All: true})
	})
	stacktest.Eventually(t, "both builds sleep at the same time", func() bool { return len(sleepers(t, "4.2468")) == 2 })
	if code := g.Wait(t); code != 0 {
		t.Fatalf("exit code %d\n%s", code, g.Err)
	}
	view := g.Err.String()
	if n := strings.Count(view, "build:all "+s.Name); n != 1 {
		t.Errorf("%d views instead of one:\n%s", n, view)
	}
	for _, side := range []string{"left", "right"} {
		if !regexp.MustCompile(side + ` +built after [0-9.]+m?s \(2 steps, 0 cached\)`).MatchString(view) {
			t.Errorf("nothing of the time, the steps and the cached of %s:\n%s", side, view)
		}
	}
}

// sleepers are the sleeping commands alone, not the shells that wait for them.
func sleepers(t *testing.T, seconds string) []string {
	t.Helper()
	return stacktest.Processes(t, "sleep\x00"+seconds)
}

func TestOnGitHubAFailedBuildIsAnAnnotationOfItsLine(t *testing.T) {
	t.Parallel()
	s := twoBuilds(t, "FROM lab/base:bookworm\nCOPY name /\n")
	s.File("left/Dockerfile", "FROM lab/base:bookworm AS make\nCOPY name /\nRUN echo compiling && false\n")
	s.Env = append(s.Env, "GITHUB_ACTIONS=true")
	r := s.build(build.Options{All: true})
	if r.Code != failure.Unexpected {
		t.Errorf("exit code %d", r.Code)
	}
	annotations := regexp.MustCompile(`(?m)^::error file=left/Dockerfile,line=3,[^:]*::`).FindAllString(r.Err+r.Out, -1)
	if len(annotations) != 1 {
		t.Errorf("annotations: %q\n%s", annotations, r.All())
	}
	if strings.Count(r.All(), "::group::") != strings.Count(r.All(), "::endgroup::") || strings.Contains(r.All(), "\x1b[2K") {
		t.Errorf("groups that do not end, or a terminal's sequences:\n%s", r.All())
	}
	if out := stacktest.Docker(t, "image", "ls", "-q", "sbtest/"+s.Name+"-right"); out == "" {
		t.Errorf("the build that goes well has no image:\n%s", r.All())
	}
}

func TestCtrlCEndsTheProgramThatBuildsAndTheBuild(t *testing.T) {
	t.Parallel()
	s := twoBuilds(t, "FROM lab/base:bookworm\nCOPY name /\nRUN sleep 120.2469 # SIDE\n")
	cmd := s.Mage("build:all", "-json")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stacktest.Eventually(t, "the builds sleep", func() bool { return len(sleepers(t, "120.2469")) > 1 })
	began := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code, took := cmd.ProcessState.ExitCode(), time.Since(began); code != int(failure.Interrupted) || took > 100*time.Second {
		t.Errorf("exit code %d after %s", code, took)
	}
	stacktest.Eventually(t, "BuildKit ends what it ran", func() bool { return len(sleepers(t, "120.2469")) == 0 })
	var doc report.BuildReport
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil || doc.OK || doc.ExitCode != int(failure.Interrupted) {
		t.Errorf("the document: %v\n%s\n%s", err, out.String(), errs.String())
	}
	if left := stacktest.Docker(t, "image", "ls", "--all", "--quiet", "--filter", "label=com.docker.compose.project="+s.Name); left != "" {
		t.Errorf("images are left: %s", left)
	}
}

// A step that gives another result each time runs again where BuildKit takes
// the definition for another.
func TestComposeAndWeHaveBuildKitMakeTheSame(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  web:
    image: sbtest/SELF:dev
    build:
      context: ../CONTEXT
      dockerfile: sub/Other.Dockerfile
      target: run
      args: {COLOUR: "a \"c\"", EMPTY: ""}
      labels: {role: "sample, with comma"}
      extra_hosts: ["db:10.0.0.7"]
      secrets: [token]
secrets:
  token: {file: ../token}
`)
	t.Cleanup(s.RemoveImages)
	s.Edit("compose/docker-compose.yml", "SELF", s.Name)
	// BuildKit remembers the modes of directories for all contexts of one last path element,
	// and Compose's build would have those of another test's or of anybody's.
	s.Edit("compose/docker-compose.yml", "CONTEXT", s.Name)
	s.File("token", "canary-token")
	s.File(s.Name+"/name", s.Name)
	s.File(s.Name+"/ignored", "not sent")
	s.File(s.Name+"/.dockerignore", "ignored\n")
	s.File(s.Name+"/sub/Other.Dockerfile", `FROM lab/base:bookworm AS run
ARG COLOUR
ARG EMPTY=full
COPY . /context
RUN --mount=type=secret,id=token cat /proc/sys/kernel/random/uuid > /id && echo "$COLOUR,$EMPTY" > /args && sha256sum /run/secrets/token > /sum && grep db /etc/hosts > /host
CMD ["cat", "/id"]
FROM run AS later
RUN false
`)
	rm := func() { stacktest.Docker(t, "image", "rm", "sbtest/"+s.Name+":dev") }
	s.built(build.Options{})
	ours := imageFacts(t, "sbtest/"+s.Name+":dev")
	rm()
	// Beside the context: Compose has bake read what is below the directory it is called in.
	if code, out := s.Exec("docker", "compose", "--progress", "plain", "-f", "compose/docker-compose.yml", "build", "web"); code != 0 {
		t.Fatal(out)
	}
	theirs := imageFacts(t, "sbtest/"+s.Name+":dev")
	if ours != theirs {
		t.Errorf("ours is\n%s\nand Compose's\n%s", ours, theirs)
	}
	if out := stacktest.Docker(t, "run", "--rm", "sbtest/"+s.Name+":dev", "sh", "-c", "cat /args /host; ls /context"); !strings.HasPrefix(out, "a \"c\",\n") || !strings.HasSuffix(out, "10.0.0.7\tdb\nname\nsub\n") {
		t.Errorf("the image holds %s", out)
	}
}

// imageFacts are an image's layers and configuration, but for the labels that
// tell of a build.
func imageFacts(t *testing.T, ref string) string {
	t.Helper()
	var image []struct {
		RootFS struct{ Layers []string }
		Config map[string]any
	}
	if err := json.Unmarshal([]byte(stacktest.Docker(t, "image", "inspect", ref)), &image); err != nil {
		t.Fatal(err)
	}
	labels, _ := image[0].Config["Labels"].(map[string]any)
	for name := range labels {
		if name != "role" {
			delete(labels, name)
		}
	}
	text, err := json.MarshalIndent(image[0], "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAnExplanationListsEachInputThatChangedAndNoOther(t *testing.T) {
	t.Parallel()
	s := builds(t)
	base := "sbtest/" + s.Name + "-base:1"
	makeBase := func(text string) {
		cmd := exec.Command("docker", "buildx", "build", "--builder", "default", "--load", "--quiet", "--label", "com.docker.compose.project="+s.Name, "--tag", base, "-")
		cmd.Stdin = strings.NewReader("FROM lab/base:bookworm\nRUN echo " + text + " > /base\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	explain := func() report.Explanation {
		t.Helper()
		r := s.Run(func(ctx context.Context, w *app.Run) error { return build.Explain(ctx, w, "worker", true) }).Want(t, failure.OK)
		var doc report.Explanation
		if err := json.Unmarshal([]byte(r.Out), &doc); err != nil {
			t.Fatal(err)
		}
		return doc
	}
	makeBase("one")
	s.File("app/Dockerfile", strings.ReplaceAll(twoStages, "lab/base:bookworm", base))
	s.File("app/removed.txt", "x")
	s.built(build.Options{})
	if doc := explain(); len(doc.Changes) != 0 || doc.State != report.ImageExists {
		t.Errorf("nothing changed: got %+v", doc)
	}
	makeBase("two")
	is(t, s.built(build.Options{}), report.ImageBuilt, base)
	makeBase("three")
	s.File("app/app.txt", "changed of "+s.Name+"\n")
	s.File("app/added.txt", "new\n")
	_ = os.Remove(filepath.Join(s.Dir, "app/removed.txt"))
	_ = os.Chmod(filepath.Join(s.Dir, "app/lib.txt"), 0o755)
	s.Edit("app/Dockerfile", "CMD", "ENV A=1\nCMD")
	s.Edit("compose/docker-compose.yml", "context: ../app}", "context: ../app, args: {COLOUR: red}}")
	doc := explain()
	var got []string
	for _, c := range doc.Changes {
		got = append(got, string(c.Input)+" "+c.Name+" "+string(c.How))
	}
	slices.Sort(got)
	want := []string{"argument COLOUR added", "base_image " + base + " changed", "dockerfile  changed",
		"file Dockerfile content", "file added.txt added", "file app.txt content", "file lib.txt mode", "file removed.txt removed"}
	if !slices.Equal(got, want) || doc.State != report.ToBuild || doc.Key == doc.Last {
		t.Errorf("got %q\nwant %q\n%+v", got, want, doc)
	}
}

func TestImagesAreListedWithTheServicesThatRunThem(t *testing.T) {
	t.Parallel()
	s := builds(t)
	images := func() []report.Image {
		t.Helper()
		r := s.Run(func(ctx context.Context, w *app.Run) error { return build.Images(ctx, w, true) }).Want(t, failure.OK)
		var doc report.Images
		if err := json.Unmarshal([]byte(r.Out), &doc); err != nil {
			t.Fatal(err)
		}
		return doc.Images
	}
	if list := images(); len(list) != 0 {
		t.Errorf("before a build: %+v", list)
	}
	s.Edit("app/Dockerfile", `["cat", "/out"]`, `["sleep", "infinity"]`)
	old := s.built(build.Options{}).Builds[0]
	if list := images(); len(list) == 0 || len(list[0].UsedBy) != 0 || list[0].Size < 1<<20 || time.Since(list[0].Created) > time.Hour {
		t.Errorf("nothing runs: %+v", list)
	}
	s.Up(infra.UpOptions{Services: []string{"web"}}).Want(t, failure.OK)
	s.File("app/app.txt", "newer\n")
	now := s.built(build.Options{}).Builds[0]
	used, current := map[string]string{}, map[string]bool{}
	for _, i := range images() {
		used[i.ID] += strings.Join(i.UsedBy, " ")
		current[i.ID] = current[i.ID] || i.Current
	}
	if used[old.ImageID] != "web" || current[old.ImageID] || used[now.ImageID] != "" || !current[now.ImageID] {
		t.Errorf("%s is the old one, %s the new one: used by %q, current %v", old.ImageID, now.ImageID, used, current)
	}
}

func TestADryRunMakesAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := builds(t)
	s.build(build.Options{All: true, Dry: true}).Want(t, failure.OK).Says(t, "no image yet")
	if out := stacktest.Docker(t, "image", "ls", "-q", "--filter", "label=com.docker.compose.project="+s.Name); out != "" {
		t.Errorf("images were made: %s", out)
	}
	s.built(build.Options{})
	stacktest.Docker(t, "image", "rm", "sbtest/"+s.Name+"-worker:dev")
	s.build(build.Options{All: true, Dry: true}).Want(t, failure.OK)
	if out := stacktest.Docker(t, "image", "ls", "-q", "sbtest/"+s.Name+"-worker:dev"); out != "" {
		t.Error("a name was given")
	}
	is(t, s.built(build.Options{}), report.ImageTagged, "")
}

func TestAFullDiskIsOneErrorWithARemedy(t *testing.T) {
	t.Parallel()
	s := twoBuilds(t, "FROM lab/base:bookworm\nCOPY name /\nRUN cat /name > /dev/full\n")
	r := s.build(build.Options{All: true, Services: []string{"left"}}).Want(t, failure.Preflight)
	r.Says(t, "no space left on the builder's disk", "docker builder prune", "left/Dockerfile:3")
	if out := stacktest.Docker(t, "image", "ls", "-q", "sbtest/"+s.Name+"-left"); out != "" {
		t.Errorf("it has left %s", out)
	}
}
