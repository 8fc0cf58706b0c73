//go:build unix

package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestAnEnvironmentInAFIFOIsReadOnceAndComposeGetsItsValuesFromMemory(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  db:
    image: lab/service:1
    environment: {WORD: "${WORD:?is needed}", OTHER: "${OTHER}"}
    `+health+`
`)
	path := filepath.Join(s.dir, "env/.env.local")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("env/.env.local", filepath.Join(s.dir, ".env")); err != nil {
		t.Fatal(err)
	}
	go func() { _ = os.WriteFile(path, []byte("WORD='canary $1'\nOTHER=\"two\nlines\"\n"), 0o600) }()
	s.up(infra.UpOptions{}).want(t, failure.OK)
	if got := s.inspect("db", "{{json .Config.Env}}"); !strings.Contains(got, `"WORD=canary $1"`) || !strings.Contains(got, `"OTHER=two\nlines"`) {
		t.Errorf("the container has %s", got)
	}
	if r := s.up(infra.UpOptions{}).want(t, failure.OK); strings.Contains(r.all(), "canary") {
		t.Errorf("a secret shows:\n%s", r.all())
	}
	s.down(infra.DownOptions{}).want(t, failure.OK)
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Errorf("the FIFO is %v, %v", info, err)
	}
}
