package env

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
)

// lockSwitch lets one switch of this .env go on at a time; another one is told
// who is at it. The kernel frees the lock with the process.
func lockSwitch(d *load.EnvContext, target string) (unlock func(), err error) {
	path, err := switchLockPath(d)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", d.Layout.EnvLink, err)
	}
	l := flock.New(path, flock.SetPermissions(0o600))
	got, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !got {
		_ = l.Close()
		return nil, failure.New(failure.Locked, "%s is switching the environment", load.ReadLockHolder(path)).
			WithHint("wait for its end, then run mage %s again if you still want to", target)
	}
	data, _ := json.Marshal(load.LockHolder{PID: os.Getpid(), Target: target, Since: d.Run.Now()})
	_ = os.WriteFile(path, data, 0o600)
	return func() { _ = os.Truncate(path, 0); _ = l.Unlock() }, nil
}

// switchLockPath is one file for each .env.
func switchLockPath(d *load.EnvContext) (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = d.Layout.Path(d.Layout.StateDir)
	}
	dir = filepath.Join(dir, "spellbook", "locks")
	link := d.Dirs.Active()
	if home, err := filepath.EvalSymlinks(filepath.Dir(link)); err == nil {
		link = filepath.Join(home, filepath.Base(link))
	}
	sum := sha256.Sum256([]byte(link))
	return filepath.Join(dir, "env-"+hex.EncodeToString(sum[:8])+".lock"), os.MkdirAll(dir, 0o700)
}
