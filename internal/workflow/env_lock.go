package workflow

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// lockSwitch lets one switch of this .env go on at a time; another one is told
// who is at it. The kernel frees the lock with the process.
func (d *desk) lockSwitch(target string) (unlock func(), err error) {
	path, err := d.switchLockPath()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", d.layout.EnvLink, err)
	}
	l := flock.New(path, flock.SetPermissions(0o600))
	got, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !got {
		_ = l.Close()
		return nil, failure.New(failure.Locked, "%s is switching the environment", readHolder(path)).
			WithHint("wait for its end, then run mage %s again if you still want to", target)
	}
	data, _ := json.Marshal(holder{PID: os.Getpid(), Target: target, Since: d.w.Now()})
	_ = os.WriteFile(path, data, 0o600)
	return func() { _ = os.Truncate(path, 0); _ = l.Unlock() }, nil
}

// switchLockPath is one file for each .env.
func (d *desk) switchLockPath() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = d.layout.Path(d.layout.StateDir)
	}
	dir = filepath.Join(dir, "spellbook", "locks")
	link := d.dirs.Active()
	if home, err := filepath.EvalSymlinks(filepath.Dir(link)); err == nil {
		link = filepath.Join(home, filepath.Base(link))
	}
	sum := sha256.Sum256([]byte(link))
	return filepath.Join(dir, "env-"+hex.EncodeToString(sum[:8])+".lock"), os.MkdirAll(dir, 0o700)
}
