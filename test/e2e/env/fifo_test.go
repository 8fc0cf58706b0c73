//go:build unix

package env_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestAnEnvironmentInAFIFOIsReadOnceAndComposeGetsItsValuesFromMemory(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  db:
    image: lab/service:1
    environment: {WORD: "${WORD:?is needed}", OTHER: "${OTHER}"}
    `+stacktest.Health+`
`)
	path := filepath.Join(s.Dir, "env/.env.local")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("env/.env.local", filepath.Join(s.Dir, ".env")); err != nil {
		t.Fatal(err)
	}
	go func() { _ = os.WriteFile(path, []byte("WORD='canary $1'\nOTHER=\"two\nlines\"\n"), 0o600) }()
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	if got := s.Inspect("db", "{{json .Config.Env}}"); !strings.Contains(got, `"WORD=canary $1"`) || !strings.Contains(got, `"OTHER=two\nlines"`) {
		t.Errorf("the container has %s", got)
	}
	s.Up(infra.UpOptions{}).Want(t, failure.OK).SaysNot(t, "canary")
	s.Down(infra.DownOptions{}).Want(t, failure.OK)
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Errorf("the FIFO is %v, %v", info, err)
	}
}
