package ownership_test

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
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

const cleanStack = `
  api: {image: "lab/service:1", volumes: ["data:/data"]}
  web: {image: "lab/service:1", depends_on: [api]}
volumes: {data: }
`

type cleanTarget func(context.Context, *app.Run, clean.Options) error

func (s *stack) clean(target cleanTarget, o clean.Options) stacktest.Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error { return target(ctx, w, o) })
}

var yes = clean.Options{Yes: true}

// Two projects are up on one engine. One is cleaned bit by bit; of the other,
// nothing may change.
func TestCleanTakesNothingOfAnotherProject(t *testing.T) {
	t.Parallel()
	mine, other := newStack(t, cleanStack), newStack(t, cleanStack)
	for _, s := range []*stack{mine, other} {
		s.Up(infra.UpOptions{}).Want(t, failure.OK)
		s.builtImage("own")
		s.weighed("api")
	}
	before := other.Belongings()

	mine.Shows("clean:volumes", mine.clean(clean.Volumes, clean.Options{}))
	mine.Shows("clean:volumes -dry", mine.clean(clean.Volumes, clean.Options{Dry: true}))
	mine.Shows("clean:volumes -yes", mine.clean(clean.Volumes, yes))
	mine.Shows("clean:images -yes", mine.clean(clean.Images, yes))
	mine.File("dist/app", "built")
	mine.File(".spellbook/remembered", "x")
	mine.clean(clean.All, yes).Want(t, failure.OK).Says(t, "dist", ".spellbook", "removed 1 container, 1 network, 2 paths") // which go at the same time
	for _, gone := range []string{"dist", ".spellbook"} {
		if _, err := os.Stat(filepath.Join(mine.Dir, gone)); err == nil {
			t.Errorf("%s is still there", gone)
		}
	}
	for _, target := range []cleanTarget{clean.All, clean.Containers,
		clean.Images, clean.Volumes} {
		mine.clean(target, clean.Options{}).Want(t, failure.OK).Says(t, "nothing to clean")
	}
	if after := mine.Belongings(); after != "" {
		t.Errorf("left:\n%s", after)
	}
	if after := other.Belongings(); after != before {
		t.Errorf("the other project had\n%sand has\n%s", before, after)
	}
}

// What carries the project's label, but is used by somebody else, stays.
func TestCleanKeepsWhatSomebodyElseUses(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  api: {image: "lab/service:1", volumes: ["data:/data"]}
  web: {image: "lab/service:1", volumes: ["own:/data"]}
volumes: {data: , own: }
`)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	image := s.builtImage("used")
	stranger := strings.TrimSpace(stacktest.Docker(t, "create", "--label", "com.docker.compose.project="+s.Name+"-stranger", "--label",
		"com.docker.compose.service=x", "--name", s.Name+"-stranger-1", "-v", s.Name+"_data:/data", image, "sh"))
	t.Cleanup(func() { _ = exec.Command("docker", "rm", "-f", stranger).Run() })
	s.Shows("clean:images -yes", s.clean(clean.Images, yes))
	s.weighed("web")
	s.Shows("clean:volumes -yes", s.clean(clean.Volumes, yes))
	if kept := s.Belongings(); !strings.Contains(kept, image) || !strings.Contains(kept, s.Name+"_data") || !strings.Contains(kept, s.Name+"-api-1") {
		t.Errorf("left:\n%s", kept)
	}
	stacktest.Docker(t, "rm", "-f", stranger)
}

// builtImage makes an image that carries the label of one that Compose built
// for the project.
func (s *stack) builtImage(name string) string {
	s.T.Helper()
	tag := s.Name + "/" + name + ":1"
	empty := filepath.Join(s.T.TempDir(), "empty.tar")
	if err := os.WriteFile(empty, make([]byte, 1024), 0o600); err != nil {
		s.T.Fatal(err)
	}
	stacktest.Docker(s.T, "import", "--change", "LABEL com.docker.compose.project="+s.Name, empty, tag)
	s.T.Cleanup(func() { _ = exec.Command("docker", "rmi", "-f", tag).Run() })
	return tag
}
