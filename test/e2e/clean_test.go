package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/clean"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

const cleanStack = `
  api: {image: "lab/service:1", volumes: ["data:/data"]}
  web: {image: "lab/service:1", depends_on: [api]}
volumes: {data: }
`

type cleanTarget func(context.Context, *app.Run, clean.Options) error

func (s *stack) clean(target cleanTarget, o clean.Options) result {
	s.t.Helper()
	return s.run(func(ctx context.Context, w *app.Run) error { return target(ctx, w, o) })
}

// says fails the test unless the transcript has each of wants, and none of
// those that begin with a minus.
func (r result) says(t *testing.T, wants ...string) {
	t.Helper()
	for _, want := range wants {
		unwanted, negative := strings.CutPrefix(want, "-")
		if strings.Contains(r.all(), unwanted) == negative {
			t.Errorf("says %q:\n%s", want, r.all())
		}
	}
}

var yes = clean.Options{Yes: true}

// Two projects are up on one engine. One is cleaned bit by bit; of the other,
// nothing may change.
func TestCleanTakesNothingOfAnotherProject(t *testing.T) {
	mine, other := newStack(t, cleanStack), newStack(t, cleanStack)
	for _, s := range []*stack{mine, other} {
		s.up(infra.UpOptions{}).want(t, failure.OK)
		s.builtImage("own")
	}
	before := other.belongings()

	r := mine.clean(clean.Volumes, clean.Options{}).want(t, failure.Refused)
	r.says(t, mine.name+"_data", mine.name+"-api-1", "-"+mine.name+"-web-1", "add -yes")
	r = mine.clean(clean.Volumes, clean.Options{Dry: true}).want(t, failure.OK)
	r.says(t, "stop service api", "remove volume "+mine.name+"_data (data is lost)", "-remove service web")

	mine.clean(clean.Volumes, yes).want(t, failure.OK).says(t, "removed 1 container, 1 volume\n")
	mine.clean(clean.Images, yes).want(t, failure.OK).says(t, mine.name+"/own:1", "removed 1 image")
	mine.file("dist/app", "built")
	mine.file(".spellbook/remembered", "x")
	mine.clean(clean.All, yes).want(t, failure.OK).says(t, "dist", ".spellbook", "removed 1 container, 1 network, 2 paths")
	for _, gone := range []string{"dist", ".spellbook"} {
		if _, err := os.Stat(filepath.Join(mine.dir, gone)); err == nil {
			t.Errorf("%s is still there", gone)
		}
	}
	for _, target := range []cleanTarget{clean.All, clean.Containers,
		clean.Images, clean.Volumes} {
		mine.clean(target, clean.Options{}).want(t, failure.OK).says(t, "nothing to clean")
	}
	if after := mine.belongings(); after != "" {
		t.Errorf("left:\n%s", after)
	}
	if after := other.belongings(); after != before {
		t.Errorf("the other project had\n%sand has\n%s", before, after)
	}
}

// What carries the project's label, but is used by somebody else, stays.
func TestCleanKeepsWhatSomebodyElseUses(t *testing.T) {
	s := newStack(t, `
  api: {image: "lab/service:1", volumes: ["data:/data"]}
  web: {image: "lab/service:1", volumes: ["own:/data"]}
volumes: {data: , own: }
`)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	image := s.builtImage("used")
	stranger := strings.TrimSpace(cli(t, "create", "--label", "com.docker.compose.project="+s.name+"-stranger", "--label",
		"com.docker.compose.service=x", "--name", s.name+"-stranger-1", "-v", s.name+"_data:/data", image, "sh"))
	t.Cleanup(func() { _ = exec.Command("docker", "rm", "-f", stranger).Run() })
	s.clean(clean.Images, yes).want(t, failure.OK).
		says(t, "image "+image+" is kept: used by container "+s.name+"-stranger-1 (of project "+s.name+"-stranger)", "nothing to clean")
	s.clean(clean.Volumes, yes).want(t, failure.OK).
		says(t, "volume "+s.name+"_data is kept", "removed 1 container, 1 volume\n", "-removing "+s.name+"_data")
	if kept := s.belongings(); !strings.Contains(kept, image) || !strings.Contains(kept, s.name+"_data") || !strings.Contains(kept, s.name+"-api-1") {
		t.Errorf("left:\n%s", kept)
	}
	cli(t, "rm", "-f", stranger)
}

// builtImage makes an image that carries the label of one that Compose built
// for the project.
func (s *stack) builtImage(name string) string {
	s.t.Helper()
	tag := s.name + "/" + name + ":1"
	empty := filepath.Join(s.t.TempDir(), "empty.tar")
	if err := os.WriteFile(empty, make([]byte, 1024), 0o600); err != nil {
		s.t.Fatal(err)
	}
	cli(s.t, "import", "--change", "LABEL com.docker.compose.project="+s.name, empty, tag)
	s.t.Cleanup(func() { _ = exec.Command("docker", "rmi", "-f", tag).Run() })
	return tag
}

// belongings is all that carries the project's label, one a line.
func (s *stack) belongings() string {
	s.t.Helper()
	label := "label=com.docker.compose.project=" + s.name
	return cli(s.t, "ps", "-a", "--filter", label, "--format", "{{.Names}} {{.State}}") +
		cli(s.t, "network", "ls", "--filter", label, "--format", "{{.Name}}") +
		cli(s.t, "volume", "ls", "--filter", label, "--format", "{{.Name}}") +
		cli(s.t, "images", "--filter", label, "--format", "{{.Repository}}:{{.Tag}}")
}
