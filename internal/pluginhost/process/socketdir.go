package process

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// maxBase keeps DIR/sb-ABCDEFGHIJ/plugin1234567890 within the 104 bytes
	// that macOS has for a socket's path (Linux: 108).
	maxBase = 104 - 1 - len("/sb-1234567890/plugin1234567890")
	// staleAfter keeps a directory safe that another host has just made and not
	// yet locked.
	staleAfter = time.Minute
)

// socketDir is a process's private directory, 0700. It is locked as long as the
// host lives, which tells a later host whose directories are nobody's.
type socketDir struct {
	path string
	made bool
	lock *os.File // nil on Windows
}

// socketDirIn names one in base, or in /tmp where base is too long for a
// socket's path. It is made once its watchdog runs, so that there is never one
// without.
func socketDirIn(base string) *socketDir {
	if len(base) > maxBase {
		base = "/tmp"
	}
	return &socketDir{path: filepath.Join(base, "sb-"+rand.Text()[:10])}
}

// make makes it, and removes those of hosts that are gone. It fails where it
// exists: then it is another's.
func (d *socketDir) make() error {
	removeStale(filepath.Dir(d.path), time.Now())
	if err := os.Mkdir(d.path, 0o700); err != nil {
		return fmt.Errorf("make socket directory: %w", err)
	}
	d.made = true
	var err error
	if d.lock, err = lockDir(d.path); err != nil {
		return fmt.Errorf("lock socket directory %q: %w", d.path, err)
	}
	return nil
}

func (d *socketDir) remove() {
	if d.made {
		_ = os.RemoveAll(d.path)
	}
	if d.lock != nil {
		_ = d.lock.Close()
	}
}

// removeStale removes the directories that no host holds: one that was killed
// together with its watchdogs left them.
func removeStale(base string, now time.Time) {
	entries, _ := os.ReadDir(base)
	for _, entry := range entries {
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), "sb-") {
			continue
		}
		path := filepath.Join(base, entry.Name())
		info, err := entry.Info()
		if err != nil || now.Sub(info.ModTime()) < staleAfter || !ownDir(info) {
			continue
		}
		if lock, err := lockDir(path); err == nil && lock != nil {
			_ = os.RemoveAll(path)
			_ = lock.Close()
		}
	}
}
