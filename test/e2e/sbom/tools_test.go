package sbom_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// tools makes a PATH of what targets themselves call, and of stand-ins for the
// users' tools: shell scripts by name. It is beside the repository, where no
// build has it in its context.
func (s *stack) tools(scripts map[string]string) {
	s.T.Helper()
	dir := s.T.TempDir()
	for _, name := range []string{"docker", "git", "go"} {
		path, err := exec.LookPath(name)
		if err == nil {
			err = os.Symlink(path, filepath.Join(dir, name))
		}
		if err != nil {
			s.T.Fatal(err)
		}
	}
	path := dir
	for name, script := range scripts {
		path = standIn(s.T, name, script) + string(filepath.ListSeparator) + path
	}
	s.Env = append(s.Env, "PATH="+path)
}

// standIn is a directory with one shell script.
func standIn(t *testing.T, name, script string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// inEngine ends a stand-in where DOCKER_HOST's engine has no image that its
// first argument names: docker:IMAGE.
const inEngine = `docker -H "$DOCKER_HOST" image inspect "${1#docker:}" >/dev/null || exit 9
`

// buildAll builds every section of a stack.
func (s *stack) buildAll(repositories ...string) {
	s.T.Helper()
	s.T.Cleanup(func() {
		for _, name := range repositories {
			removeImages(s.T, name)
		}
	})
	s.Run(func(ctx context.Context, w *app.Run) error {
		return build.Build(ctx, w, build.Options{All: true})
	}).Want(s.T, failure.OK)
}

// removeImages takes away all images of a repository.
func removeImages(t *testing.T, repository string) {
	t.Helper()
	out, _ := exec.Command("docker", "image", "ls", "-q", "--no-trunc", repository).Output()
	for _, id := range strings.Fields(string(out)) {
		_ = exec.Command("docker", "image", "rm", "-f", id).Run()
	}
}

// govulncheck is the real one, installed once for all tests.
var govulncheck = sync.OnceValues(func() (string, error) {
	dir, err := stacktest.Cache()
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "install", "golang.org/x/vuln/cmd/govulncheck@v1.9.0")
	cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return filepath.Join(dir, "govulncheck"), nil
})
