package build_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// builder is a current BuildKit beside the engine's old one, and a registry
// that it pulls from and pushes to (scripts/lab/buildkit.sh).
type builder struct {
	Name     string   // for --builder
	Registry string   // host:port; it holds lab/base:bookworm
	Env      []string // what makes docker buildx use it, and nothing of the user's
	dir      string
}

// lab is the builder that all tests of this process share.
var lab struct {
	once    sync.Once
	builder builder
	log     string
	err     error
}

// labBuilder starts the builder with the first test that needs it. It ends
// with this process, however that ends.
func labBuilder(t *testing.T) builder {
	t.Helper()
	lab.once.Do(func() { lab.builder, lab.log, lab.err = startBuilder() })
	if lab.err != nil {
		t.Fatalf("start the lab's builder: %v\n%s", lab.err, lab.log)
	}
	return lab.builder
}

// ownBuilder is the engine's, BuildKit 0.8 in the lab: it pulls from no registry.
func ownBuilder() builder { return builder{Name: "default", Env: []string{"BUILDX_BUILDER=default"}} }

// base is the name that the builder has the lab's base image under.
func (b builder) base() string { return strings.TrimPrefix(b.Registry+"/lab/base:bookworm", "/") }

func startBuilder() (b builder, log string, err error) {
	// Not a test's own directory: it outlives the test, and a socket's path is short.
	if b.dir, err = os.MkdirTemp("", "sbtest-builder-"); err != nil {
		return b, "", err
	}
	out, err := buildkit("start", b.dir, strconv.Itoa(os.Getpid()))
	if err != nil {
		return b, out, err
	}
	for line := range strings.Lines(out) {
		name, value, found := strings.Cut(strings.TrimSpace(line), "=")
		switch {
		case !found:
			continue
		case name == "BUILDX_BUILDER":
			b.Name = value
		case name == "LAB_REGISTRY":
			b.Registry = value
			continue
		}
		b.Env = append(b.Env, name+"="+value)
	}
	log, err = buildkit("publish", b.dir, "lab/base:bookworm")
	return b, log, err
}

// buildkit runs the lab's script.
func buildkit(args ...string) (string, error) {
	cmd := exec.Command("../../../scripts/lab/buildkit.sh", args...)
	var messages strings.Builder
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, messages.String())
	}
	return string(out), err
}

// scanner pushes the lab's SBOM scanner, and returns its name.
func (b builder) scanner(t *testing.T) string {
	t.Helper()
	out, err := buildkit("scanner", b.dir)
	if err != nil {
		t.Fatalf("build the scanner: %v\n%s", err, out)
	}
	return strings.TrimSpace(out)
}

// buildx runs docker buildx on the builder.
func (b builder) buildx(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("docker", append([]string{"buildx"}, args...)...)
	cmd.Env = append(os.Environ(), b.Env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("docker buildx %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// inspect reads what is in the registry under a name: {{json .FORMAT}}.
func (b builder) inspect(t *testing.T, ref, format string, into any) {
	t.Helper()
	out := b.buildx(t, "imagetools", "inspect", ref, "--format", "{{json ."+format+"}}")
	if err := json.Unmarshal([]byte(out), into); err != nil {
		t.Fatalf("%s of %s: %v\n%s", format, ref, err, out)
	}
}

// builderStack is a stack whose backend a builder makes.
type builderStack struct {
	*stack
	builder builder
	Image   string // the friendly name, without a tag
}

// newBuilderStack writes a Dockerfile, which begins with FROM BASE where it
// needs the lab's base image, and the lines of the build section.
func newBuilderStack(t *testing.T, b builder, dockerfile, section string) *builderStack {
	t.Helper()
	s := &builderStack{stack: newStack(t, "  db: {image: \"lab/service:1\"}\n"), builder: b}
	s.Env = append(s.Env, b.Env...)
	s.Image = "sbtest/" + s.Name
	s.File("apps/backend/Dockerfile", strings.ReplaceAll(dockerfile, "BASE", b.base()))
	s.section(section)
	t.Cleanup(s.removeImages)
	return s
}

// section writes the Compose file anew, with more lines for the build section.
func (s *builderStack) section(lines string) {
	s.T.Helper()
	text := "services:\n  app:\n    image: " + s.Image + ":dev\n    build:\n      context: ../apps/backend\n"
	for line := range strings.Lines(lines) {
		text += "      " + strings.TrimRight(line, "\n") + "\n"
	}
	s.File("compose/docker-compose.backend.yml", text)
}

// removeImages takes away all that was built.
func (s *builderStack) removeImages() {
	out, _ := exec.Command("docker", "images", "-q", "--no-trunc", "--filter", "reference="+s.Image).Output()
	for _, id := range strings.Fields(string(out)) {
		_ = exec.Command("docker", "rmi", "-f", id).Run()
	}
}

// build runs build:backend, which must succeed.
func (s *builderStack) build(o build.Options) stacktest.Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error { return build.Build(ctx, w, o) }).Want(s.T, failure.OK)
}

// rebuilt builds without the image that is there, and returns the new one's ID.
func (s *builderStack) rebuilt() string {
	s.T.Helper()
	s.removeImages()
	s.build(build.Options{})
	return s.tells("Id")
}

// tells is a field of what the engine knows of the image.
func (s *builderStack) tells(field string) string {
	s.T.Helper()
	return strings.TrimSpace(stacktest.Docker(s.T, "inspect", "--format", "{{json ."+field+"}}", s.Image+":dev"))
}

// content is the text of a file in the image, which need not have a shell.
func (s *builderStack) content(path string) string {
	s.T.Helper()
	id := strings.TrimSpace(stacktest.Docker(s.T, "create", s.Image+":dev", "none"))
	defer func() { _ = exec.Command("docker", "rm", id).Run() }()
	to := filepath.Join(s.T.TempDir(), "file")
	stacktest.Docker(s.T, "cp", id+":"+path, to)
	data, err := os.ReadFile(to)
	if err != nil {
		s.T.Fatal(err)
	}
	return string(data)
}

// commit makes the stack a Git repository with one commit of a given time.
func (s *builderStack) commit(seconds string) {
	s.T.Helper()
	for _, args := range [][]string{
		{"init", "-q"},
		{"add", "-A"},
		{"-c", "user.name=Test", "-c", "user.email=test@example.invalid", "commit", "-q", "-m", "All"},
	} {
		cmd := exec.Command("git", append([]string{"-C", s.Dir}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_AUTHOR_DATE=@"+seconds+" +0000", "GIT_COMMITTER_DATE=@"+seconds+" +0000")
		if out, err := cmd.CombinedOutput(); err != nil {
			s.T.Fatalf("git %s: %v\n%s", args[0], err, out)
		}
	}
}
