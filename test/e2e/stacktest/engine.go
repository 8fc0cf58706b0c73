package stacktest

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/endpoint"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
)

// Runs says whether a service's first container runs.
func (s *Stack) Runs(service string) bool {
	s.T.Helper()
	return strings.HasSuffix(s.IDs()[s.Name+"-"+service+"-1"], " running")
}

// Running fails the test unless n containers are there and all of them run.
func (s *Stack) Running(n int) {
	s.T.Helper()
	ids := s.IDs()
	for name, id := range ids {
		if !strings.HasSuffix(id, " running") {
			s.T.Errorf("%s: %s", name, id)
		}
	}
	if len(ids) != n {
		s.T.Errorf("%d containers, want %d: %v", len(ids), n, ids)
	}
}

// RemoveImages removes what was built for the project.
func (s *Stack) RemoveImages() {
	s.Remove() // containers first
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, _ := docker.Open(s.Client.Endpoint, ssh.Dialer(os.Environ()))
	list, _ := c.ProjectImages(ctx, s.Name)
	for _, one := range list {
		for _, tag := range append(one.Tags, one.ID) {
			_ = c.RemoveImage(ctx, tag)
		}
	}
}

// Belongings is all that carries the project's label, one a line.
func (s *Stack) Belongings() string {
	s.T.Helper()
	label := "label=com.docker.compose.project=" + s.Name
	return s.containers(label) +
		Docker(s.T, "network", "ls", "--filter", label, "--format", "{{.Name}}") +
		Docker(s.T, "volume", "ls", "--filter", label, "--format", "{{.Name}}") +
		Docker(s.T, "images", "--filter", label, "--format", "{{.Repository}}:{{.Tag}}")
}

// containers are those of a filter that the engine has: its list may still show one that is
// removed, which it then does not find.
func (s *Stack) containers(filter string) (there string) {
	s.T.Helper()
	for line := range strings.Lines(Docker(s.T, "ps", "-a", "--no-trunc", "--filter", filter, "--format", "{{.ID}} {{.Names}} {{.State}}")) {
		id, rest, _ := strings.Cut(line, " ")
		if out, err := exec.Command("docker", "container", "inspect", id).CombinedOutput(); err == nil || !bytes.Contains(out, []byte("No such")) {
			there += rest
		}
	}
	return there
}

// Socket is the engine's own, which is where a target goes that does not do
// what it is told.
func (s *Stack) Socket() string {
	s.T.Helper()
	path, found := strings.CutPrefix(s.Client.Endpoint.Host, "unix://")
	if !found {
		s.T.Fatalf("these tests need an engine of this machine, not %s", s.Client.Endpoint.Host)
	}
	return path
}

// InspectEnv is one variable of a service's container.
func (s *Stack) InspectEnv(service, name string) string {
	s.T.Helper()
	var env []string
	if err := json.Unmarshal([]byte(s.Inspect(service, "{{json .Config.Env}}")), &env); err != nil {
		s.T.Fatal(err)
	}
	for _, e := range env {
		if strings.HasPrefix(e, name+"=") {
			return e
		}
	}
	return ""
}

// EngineClient talks to the engine that the tests need.
func EngineClient(t *testing.T) *docker.Client {
	t.Helper()
	found, err := endpoint.Find(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	c, err := docker.Open(found, ssh.Dialer(os.Environ()))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Ping(t.Context()); err != nil {
		t.Fatalf("these tests need a Docker engine (scripts/lab/engine.sh): %v", err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Compose runs the plain Compose CLI on the same file.
func (s *Stack) Compose(args ...string) string {
	s.T.Helper()
	argv := append([]string{"compose", "-f", filepath.Join(s.Dir, "compose/docker-compose.yml")}, args...)
	cmd := exec.Command("docker", argv...)
	cmd.Env = s.Env
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.T.Fatalf("docker %s: %v\n%s", strings.Join(argv, " "), err, out)
	}
	return string(out)
}

// IDs maps container names to IDs and states.
func (s *Stack) IDs() map[string]string {
	s.T.Helper()
	list, err := s.Client.Containers(s.T.Context(), s.Name)
	if err != nil {
		s.T.Fatal(err)
	}
	ids := map[string]string{}
	for _, c := range list {
		ids[c.Name] = c.ID + " " + c.State
	}
	return ids
}

// Docker runs the Docker CLI.
func Docker(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Inspect is one `docker inspect` field of a service's first container.
func (s *Stack) Inspect(service, format string) string {
	s.T.Helper()
	return strings.TrimSpace(Docker(s.T, "inspect", "-f", format, s.Name+"-"+service+"-1"))
}
