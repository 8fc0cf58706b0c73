package env

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
)

// lockSwitch lets one switch of this .env go on at a time; another one is told
// who is at it.
func lockSwitch(d *load.EnvContext, target string) (unlock func(), err error) {
	link := d.Dirs.Active()
	if home, err := filepath.EvalSymlinks(filepath.Dir(link)); err == nil {
		link = filepath.Join(home, filepath.Base(link))
	}
	sum := sha256.Sum256([]byte(link))
	l, err := load.NewFileLock(d.Run, d.Layout, "env-"+hex.EncodeToString(sum[:8]))
	if err != nil {
		return nil, err
	}
	got, err := l.Try()
	if err != nil {
		return nil, err
	}
	if !got {
		l.Close()
		return nil, failure.New(failure.Locked, "%s is switching the environment", l.Holder()).
			WithHint("wait for its end, then run mage %s again if you still want to", target)
	}
	return l.Hold(target, d.Run.Now()), nil
}
