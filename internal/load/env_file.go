package load

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// passEnvFile gives the Compose CLI, which reads its env file three times, what
// it cannot read itself: a FIFO whose values this process has, or an environment
// that is not made. Where the system has files in memory alone, the values get to
// no disk; elsewhere they are in a file of mode 0600 until the target ends.
func (s *Session) passEnvFile() error {
	text, err := s.Project.EnvFileText()
	switch path := s.Project.EnvFile; {
	case err != nil:
		return environ.Unreadable(s.Project.Short(path), err)
	case path == "" || s.Run.Preview == nil && !environ.IsPipe(path):
		return nil
	}
	s.Compose.EnvFile, s.freeEnvFile, err = passFile(text)
	return err
}

func passFile(text []byte) (path string, free func(), err error) {
	if path, free, err = memoryFile(text); err == nil {
		return path, free, nil
	}
	dir, err := os.MkdirTemp("", "spellbook-env-*") // 0700
	if err != nil {
		return "", nil, failure.New(failure.Preflight, "hand the environment to Compose: %w", err).WithHint("TMPDIR names where temporary files go")
	}
	free = func() { _ = os.RemoveAll(dir) }
	path = filepath.Join(dir, "env")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		free()
		return "", nil, fmt.Errorf("hand the environment to Compose: %w", err)
	}
	return path, free, nil
}
