package environ

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// Change makes one document of another. It may be called again with a newer
// text if somebody saves the file meanwhile.
type Change func(dotenv.Document) (dotenv.Document, error)

// Edit changes the file of an environment, in one move, and reports whether
// anything is different now. Edits of one directory wait for each other (ten
// seconds, then the failure is Locked), and a text that somebody saved in
// between without asking is read again, so that nothing is lost. The file stays
// with its owner and becomes readable by its owner only, unless it is one of
// those that are committed. A marked copy in .env follows.
func Edit(ctx context.Context, dirs Dirs, name string, change Change) (changed bool, err error) {
	return disk{}.edit(ctx, dirs, name, change)
}

// EditTemplate is Edit for the template, which starts empty if it is missing.
func EditTemplate(ctx context.Context, dirs Dirs, change Change) (changed bool, err error) {
	return disk{}.editTemplate(ctx, dirs, change)
}

func (d disk) edit(ctx context.Context, dirs Dirs, name string, change Change) (bool, error) {
	if err := checkName(name); err != nil {
		return false, err
	}
	if !exists(dirs.File(name)) {
		return false, unknown(dirs, name)
	}
	if err := Writable(dirs, name); err != nil {
		return false, err
	}
	mode := fs.FileMode(0o600)
	if IsCommitted(name) {
		mode = 0
	}
	changed, err := d.editAt(ctx, dirs, dirs.File(name), mode, change)
	if err != nil || !changed {
		return false, err
	}
	return true, d.refreshCopy(dirs, name)
}

func (d disk) editTemplate(ctx context.Context, dirs Dirs, change Change) (bool, error) {
	if err := os.MkdirAll(dirs.envDir(), 0o755); err != nil {
		return false, wrap("make the directory of the template", err)
	}
	return d.editAt(ctx, dirs, dirs.Template(), 0, change)
}

// editAt edits what path leads to; a mode of 0 keeps the one it has.
func (d disk) editAt(ctx context.Context, dirs Dirs, path string, mode fs.FileMode, change Change) (bool, error) {
	file := dirs.Short(path)
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	unlock, err := d.lockDirectory(ctx, filepath.Dir(path), file)
	if err != nil {
		return false, err
	}
	defer unlock()
	changed, err := d.changeFile(path, mode, change)
	if p := (dotenv.LineError{}); errors.As(err, &p) {
		return false, p.In(file)
	}
	if err != nil {
		return false, wrap(fmt.Sprintf("edit %s", file), err)
	}
	return changed, nil
}

// errMovedOn: the file is no longer what the change was made of.
var errMovedOn = errors.New("somebody else keeps saving it")

func (d disk) changeFile(path string, mode fs.FileMode, change Change) (changed bool, err error) {
	for range attempts {
		if changed, err = d.changeOnce(path, mode, change); !errors.Is(err, errMovedOn) {
			break
		}
	}
	return changed, err
}

func (d disk) changeOnce(path string, mode fs.FileMode, change Change) (bool, error) {
	old, info, err := readIfThere(path)
	if err != nil {
		return false, err
	}
	document, err := change(dotenv.Parse(old))
	if err != nil || document.String() == old && info != nil {
		return false, err
	}
	err = d.replaceText(path, document.String(), info, mode, func() error {
		if now, _, err := readIfThere(path); err != nil || now != old {
			return errors.Join(errMovedOn, err)
		}
		return nil
	})
	return err == nil, err
}

// refreshCopy brings a marked copy of the environment up to date, unless
// somebody edited it.
func (d disk) refreshCopy(dirs Dirs, name string) error {
	found, err := look(dirs)
	if err != nil || found.info == nil || found.target != "" || found.name != name || found.edited {
		return err
	}
	text, err := os.ReadFile(dirs.File(name))
	if err == nil {
		err = d.replaceFile(dirs.Active(), []byte(makeCopy(dirs, name, string(text))))
	}
	if err != nil {
		return failure.New(failure.Preflight, "refresh %s: %w", dirs.Short(dirs.Active()), err).
			WithHint("switch again: mage env:use %s", name)
	}
	return nil
}
