package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// stack is a Compose project of fragments, on the lab's images and on ports
// that the engine chooses. It is gone at the end of the test.
type stack struct {
	t           *testing.T
	project     string
	directory   string // of the fragments
	files       []string
	environment []string
}

func newStack(t *testing.T, images []string, environment ...string) *stack {
	t.Helper()
	build := exec.CommandContext(t.Context(), "../../scripts/lab/images.sh", images...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the lab's images: %v\n%s", err, out)
	}
	s := &stack{t: t, directory: t.TempDir(), project: fmt.Sprintf("sbtest-milvus-%d", os.Getpid()), environment: append(os.Environ(), environment...)}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		s.files = nil // by label, then: volumes of earlier fragments as well
		if out, err := s.command(ctx, "down", "--volumes", "--remove-orphans", "--timeout=5").CombinedOutput(); err != nil {
			t.Errorf("down: %v\n%s", err, out)
		}
	})
	return s
}

// use replaces the fragments.
func (s *stack) use(fragments ...string) {
	s.t.Helper()
	s.files = nil
	for i, text := range fragments {
		file := filepath.Join(s.directory, string(rune('a'+i))+".yml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
		s.files = append(s.files, "--file="+file)
	}
}

func (s *stack) command(ctx context.Context, arguments ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "docker", append(append([]string{"compose", "--project-name=" + s.project}, s.files...), arguments...)...)
	c.Env = s.environment
	return c
}

// do runs a command of Compose, and gives what it printed.
func (s *stack) do(arguments ...string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 3*time.Minute)
	defer cancel()
	var problems bytes.Buffer
	c := s.command(ctx, arguments...)
	c.Stderr = &problems
	out, err := c.Output()
	if err != nil {
		logs, _ := s.command(context.Background(), "logs", "--tail=20").CombinedOutput()
		s.t.Fatalf("docker compose %v: %v\n%s\n%s", arguments, err, problems.String(), logs)
	}
	return strings.TrimSpace(string(out))
}
