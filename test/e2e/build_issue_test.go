package e2e_test

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
)

// twoBuilds is a stack of two different builds, each of which has its own file.
func twoBuilds(t *testing.T, dockerfile string) *stack {
	t.Helper()
	s := newStack(t, `
  left: {image: sbtest/SELF-left:dev, build: ../left}
  right: {image: sbtest/SELF-right:dev, build: ../right}
`)
	t.Cleanup(s.removeImages)
	s.edit("compose/docker-compose.yml", "SELF-left", s.name+"-left")
	s.edit("compose/docker-compose.yml", "SELF-right", s.name+"-right")
	for _, side := range []string{"left", "right"} {
		s.file(side+"/Dockerfile", strings.ReplaceAll(dockerfile, "SIDE", side))
		s.file(side+"/name", s.name+side)
	}
	return s
}

func TestDifferentBuildsGoOnAtOnceInOneView(t *testing.T) {
	t.Parallel()
	s := twoBuilds(t, "FROM lab/base:bookworm\nCOPY name /\nRUN sleep 4.2468 # SIDE\n")
	g := s.start(nil, func(ctx context.Context, w *app.Run) error {
		return build.Build(ctx, w, build.Options{All: true})
	})
	eventually(t, "both builds sleep at the same time", 30*time.Second, func() bool { return len(sleepers(t, "4.2468")) == 2 })
	if code := g.code(t); code != 0 {
		t.Fatalf("exit code %d\n%s", code, g.err)
	}
	view := g.err.String()
	if n := strings.Count(view, "build:all "+s.name); n != 1 {
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
	return processes(t, "sleep\x00"+seconds)
}

func TestOnGitHubAFailedBuildIsAnAnnotationOfItsLine(t *testing.T) {
	t.Parallel()
	s := twoBuilds(t, "FROM lab/base:bookworm\nCOPY name /\n")
	s.file("left/Dockerfile", "FROM lab/base:bookworm AS make\nCOPY name /\nRUN echo compiling && false\n")
	s.env = append(s.env, "GITHUB_ACTIONS=true")
	r := s.build(build.Options{All: true})
	if r.code != failure.Unexpected {
		t.Errorf("exit code %d", r.code)
	}
	annotations := regexp.MustCompile(`(?m)^::error file=left/Dockerfile,line=3,[^:]*::`).FindAllString(r.err+r.out, -1)
	if len(annotations) != 1 {
		t.Errorf("annotations: %q\n%s", annotations, r.all())
	}
	if strings.Count(r.all(), "::group::") != strings.Count(r.all(), "::endgroup::") || strings.Contains(r.all(), "\x1b[2K") {
		t.Errorf("groups that do not end, or a terminal's sequences:\n%s", r.all())
	}
	if out := cli(t, "image", "ls", "-q", "sbtest/"+s.name+"-right"); out == "" {
		t.Errorf("the build that goes well has no image:\n%s", r.all())
	}
}

func TestCtrlCEndsTheProgramThatBuildsAndTheBuild(t *testing.T) {
	t.Parallel()
	s := twoBuilds(t, "FROM lab/base:bookworm\nCOPY name /\nRUN sleep 120.2469 # SIDE\n")
	cmd := exec.Command(binary(t), "build:all", "-json")
	cmd.Dir, cmd.Env = s.dir, s.env
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the builds sleep", 30*time.Second, func() bool { return len(sleepers(t, "120.2469")) > 1 })
	began := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code, took := cmd.ProcessState.ExitCode(), time.Since(began); code != int(failure.Interrupted) || took > 100*time.Second {
		t.Errorf("exit code %d after %s", code, took)
	}
	eventually(t, "BuildKit ends what it ran", 15*time.Second, func() bool { return len(sleepers(t, "120.2469")) == 0 })
	var doc report.BuildReport
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil || doc.OK || doc.ExitCode != int(failure.Interrupted) {
		t.Errorf("the document: %v\n%s\n%s", err, out.String(), errs.String())
	}
	if left := cli(t, "image", "ls", "--all", "--quiet", "--filter", "label=com.docker.compose.project="+s.name); left != "" {
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
      context: ../app
      dockerfile: sub/Other.Dockerfile
      target: run
      args: {COLOUR: "a \"c\"", EMPTY: ""}
      labels: {role: "sample, with comma"}
      extra_hosts: ["db:10.0.0.7"]
      secrets: [token]
secrets:
  token: {file: ../token}
`)
	t.Cleanup(s.removeImages)
	s.edit("compose/docker-compose.yml", "SELF", s.name)
	s.file("token", "canary-token")
	s.file("app/name", s.name)
	s.file("app/ignored", "not sent")
	s.file("app/.dockerignore", "ignored\n")
	s.file("app/sub/Other.Dockerfile", `FROM lab/base:bookworm AS run
ARG COLOUR
ARG EMPTY=full
COPY . /context
RUN --mount=type=secret,id=token cat /proc/sys/kernel/random/uuid > /id && echo "$COLOUR,$EMPTY" > /args && sha256sum /run/secrets/token > /sum && grep db /etc/hosts > /host
CMD ["cat", "/id"]
FROM run AS later
RUN false
`)
	rm := func() { cli(t, "image", "rm", "sbtest/"+s.name+":dev") }
	s.built(build.Options{})
	ours := imageFacts(t, "sbtest/"+s.name+":dev")
	rm()
	// Beside the context: Compose has bake read what is below the directory it is called in.
	if code, out := s.exec("docker", "compose", "--progress", "plain", "-f", "compose/docker-compose.yml", "build", "web"); code != 0 {
		t.Fatal(out)
	}
	theirs := imageFacts(t, "sbtest/"+s.name+":dev")
	if ours != theirs {
		t.Errorf("ours is\n%s\nand Compose's\n%s", ours, theirs)
	}
	if out := cli(t, "run", "--rm", "sbtest/"+s.name+":dev", "sh", "-c", "cat /args /host; ls /context"); !strings.HasPrefix(out, "a \"c\",\n") || !strings.HasSuffix(out, "10.0.0.7\tdb\nname\nsub\n") {
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
	if err := json.Unmarshal([]byte(cli(t, "image", "inspect", ref)), &image); err != nil {
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
	base := "sbtest/" + s.name + "-base:1"
	makeBase := func(text string) {
		cmd := exec.Command("docker", "buildx", "build", "--builder", "default", "--load", "--quiet", "--label", "com.docker.compose.project="+s.name, "--tag", base, "-")
		cmd.Stdin = strings.NewReader("FROM lab/base:bookworm\nRUN echo " + text + " > /base\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	explain := func() report.Explanation {
		t.Helper()
		r := s.run(func(ctx context.Context, w *app.Run) error { return build.Explain(ctx, w, "worker", true) }).want(t, failure.OK)
		var doc report.Explanation
		if err := json.Unmarshal([]byte(r.out), &doc); err != nil {
			t.Fatal(err)
		}
		return doc
	}
	makeBase("one")
	s.file("app/Dockerfile", strings.ReplaceAll(twoStages, "lab/base:bookworm", base))
	s.file("app/removed.txt", "x")
	s.built(build.Options{})
	if doc := explain(); len(doc.Changes) != 0 || doc.State != report.ImageExists {
		t.Errorf("nothing changed: got %+v", doc)
	}
	makeBase("two")
	is(t, s.built(build.Options{}), report.ImageBuilt, base)
	makeBase("three")
	s.file("app/app.txt", "changed of "+s.name+"\n")
	s.file("app/added.txt", "new\n")
	_ = os.Remove(filepath.Join(s.dir, "app/removed.txt"))
	_ = os.Chmod(filepath.Join(s.dir, "app/lib.txt"), 0o755)
	s.edit("app/Dockerfile", "CMD", "ENV A=1\nCMD")
	s.edit("compose/docker-compose.yml", "context: ../app}", "context: ../app, args: {COLOUR: red}}")
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
		r := s.run(func(ctx context.Context, w *app.Run) error { return build.Images(ctx, w, true) }).want(t, failure.OK)
		var doc report.Images
		if err := json.Unmarshal([]byte(r.out), &doc); err != nil {
			t.Fatal(err)
		}
		return doc.Images
	}
	if list := images(); len(list) != 0 {
		t.Errorf("before a build: %+v", list)
	}
	s.edit("app/Dockerfile", `["cat", "/out"]`, `["sleep", "infinity"]`)
	old := s.built(build.Options{}).Builds[0]
	if list := images(); len(list) == 0 || len(list[0].UsedBy) != 0 || list[0].Size < 1<<20 || time.Since(list[0].Created) > time.Hour {
		t.Errorf("nothing runs: %+v", list)
	}
	s.up(infra.UpOptions{Services: []string{"web"}}).want(t, failure.OK)
	s.file("app/app.txt", "newer\n")
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
	s.build(build.Options{All: true, Dry: true}).want(t, failure.OK).says(t, "no image yet")
	if out := cli(t, "image", "ls", "-q", "--filter", "label=com.docker.compose.project="+s.name); out != "" {
		t.Errorf("images were made: %s", out)
	}
	s.built(build.Options{})
	cli(t, "image", "rm", "sbtest/"+s.name+"-worker:dev")
	s.build(build.Options{All: true, Dry: true}).want(t, failure.OK)
	if out := cli(t, "image", "ls", "-q", "sbtest/"+s.name+"-worker:dev"); out != "" {
		t.Error("a name was given")
	}
	is(t, s.built(build.Options{}), report.ImageTagged, "")
}

func TestAFullDiskIsOneErrorWithARemedy(t *testing.T) {
	t.Parallel()
	s := twoBuilds(t, "FROM lab/base:bookworm\nCOPY name /\nRUN cat /name > /dev/full\n")
	r := s.build(build.Options{All: true, Services: []string{"left"}}).want(t, failure.Preflight)
	r.says(t, "no space left on the builder's disk", "docker builder prune", "left/Dockerfile:3")
	if out := cli(t, "image", "ls", "-q", "sbtest/"+s.name+"-left"); out != "" {
		t.Errorf("it has left %s", out)
	}
}
