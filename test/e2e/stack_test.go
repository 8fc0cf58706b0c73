// Package e2e_test runs whole targets against a real Docker engine, with the
// lab's images (scripts/lab/images.sh). Without an engine every test fails.
package e2e_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
	"github.com/infinitescribe/spellbook/internal/project"
)

// stack is a repository of its own in a temporary directory, with its own
// project on the real engine, removed by label when the test ends.
type stack struct {
	t      *testing.T
	dir    string
	name   string
	env    []string
	client *docker.Client
}

// newStack writes services (YAML below `services:`, with anything after) as
// compose/docker-compose.yml of a new repository.
func newStack(t *testing.T, services string) *stack {
	t.Helper()
	id := make([]byte, 4)
	_, _ = rand.Read(id)
	s := &stack{t: t, dir: t.TempDir(), name: "sbtest-" + hex.EncodeToString(id), env: os.Environ(), client: engineClient(t)}
	s.write(services)
	t.Cleanup(s.remove)
	return s
}

// engineClient talks to the engine that the tests need.
func engineClient(t *testing.T) *docker.Client {
	t.Helper()
	endpoint, err := docker.FindEndpoint(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	c, err := docker.Open(endpoint, ssh.Dialer(os.Environ()))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Ping(t.Context()); err != nil {
		t.Fatalf("these tests need a Docker engine (scripts/lab/engine.sh): %v", err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// write replaces the Compose file.
func (s *stack) write(services string) {
	s.t.Helper()
	s.file("compose/docker-compose.yml", "name: "+s.name+"\nservices:\n"+services)
}

func (s *stack) file(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// remove takes away all that carries the project's label.
func (s *stack) remove() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, _ := docker.Open(s.client.Endpoint, ssh.Dialer(os.Environ()))
	list, _ := c.Containers(ctx, s.name)
	for _, one := range list {
		_ = c.Remove(ctx, one.ID, true)
	}
	networks, _ := c.Networks(ctx, s.name)
	for _, one := range networks {
		_ = c.RemoveNetwork(ctx, one.ID)
	}
	volumes, _ := c.Volumes(ctx, s.name)
	for _, name := range volumes {
		_ = c.RemoveVolume(ctx, name)
	}
}

// inEnvironment: the stack is that of an environment which was made of the
// template, under a name of its own, from now on.
func (s *stack) inEnvironment(name string) { s.name += "-" + name }

// result is what a user sees of one target.
type result struct {
	code     failure.Code
	out, err string
	failed   error
}

// all is the whole transcript, the error as Mage prints it included.
func (r result) all() string {
	text := r.err + r.out
	if r.failed != nil {
		text += "Error: " + r.failed.Error() + "\n"
	}
	return text
}

// run calls a target in the stack's directory.
func (s *stack) run(do func(context.Context, *app.Run) error) result {
	s.t.Helper()
	var out, errs bytes.Buffer
	w := &app.Run{Layout: project.Layout{Root: s.dir}, Dir: s.dir, Environ: s.env, In: strings.NewReader(""), Out: &out, Err: &errs, Now: time.Now}
	err := do(s.t.Context(), w)
	return result{code: failure.CodeOf(err), out: out.String(), err: errs.String(), failed: err}
}

func (s *stack) up(o infra.UpOptions) result {
	s.t.Helper()
	return s.run(func(ctx context.Context, w *app.Run) error { return infra.Up(ctx, w, o) })
}

func (s *stack) down(o infra.DownOptions) result {
	s.t.Helper()
	return s.run(func(ctx context.Context, w *app.Run) error { return infra.Down(ctx, w, o) })
}

// compose runs the plain Compose CLI on the same file.
func (s *stack) compose(args ...string) string {
	s.t.Helper()
	argv := append([]string{"compose", "-f", filepath.Join(s.dir, "compose/docker-compose.yml")}, args...)
	cmd := exec.Command("docker", argv...)
	cmd.Env = s.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("docker %s: %v\n%s", strings.Join(argv, " "), err, out)
	}
	return string(out)
}

// ids maps container names to IDs, of the running ones.
func (s *stack) ids() map[string]string {
	s.t.Helper()
	list, err := s.client.Containers(s.t.Context(), s.name)
	if err != nil {
		s.t.Fatal(err)
	}
	ids := map[string]string{}
	for _, c := range list {
		ids[c.Name] = c.ID + " " + c.State
	}
	return ids
}

// want fails the test unless the code is this one.
func (r result) want(t *testing.T, code failure.Code) result {
	t.Helper()
	if r.code != code {
		t.Fatalf("exit code %d, want %d\n%s", r.code, code, r.all())
	}
	return r
}

// cli runs the Docker CLI.
func cli(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
