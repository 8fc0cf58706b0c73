package environ

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Switch is what Use did.
type Switch struct {
	Previous string // the environment before; "" for none, or a .env of the user's own
	Active   string // the environment now
	Backup   string // where the user's own .env was kept; "" when there was none
	Created  bool   // the environment's file was made
	Carried  bool   // it was made from the user's own .env, and not from the template
	Copied   bool   // links are not allowed here: .env is a marked copy
}

// Use makes the environment called name the active one: .env becomes a relative
// link to its file, in one move, so that a reader sees the old or the new one
// and never none. The standard environments (local, dev, test) are created when
// they are missing, of the user's own .env where there is one (see Carried), else
// of the template; any other name without a file is a Usage failure that lists
// what there is. A .env of the user's own is kept beside it as
// .env.backup-TIME, where now gives the time. random is what Create wants.
//
// Any number of switches may run at once; the last one wins.
func Use(dirs Dirs, name string, now time.Time, random io.Reader) (Switch, error) {
	return disk{}.use(dirs, name, now, random)
}

func (d disk) use(dirs Dirs, name string, now time.Time, random io.Reader) (Switch, error) {
	if info, err := os.Lstat(dirs.Active()); err == nil && info.IsDir() {
		return Switch{}, noLink(dirs)
	}
	_, own, err := Carried(dirs, name)
	if err != nil {
		return Switch{}, err
	}
	created, err := d.ensure(dirs, name, random, nil)
	if err != nil {
		return Switch{}, err
	}
	s := Switch{Active: name, Created: created, Carried: created && own}
	found, err := d.keep(dirs, now, &s)
	if err != nil {
		return s, wrap(fmt.Sprintf("keep %s", dirs.Short(dirs.Active())), err)
	}
	s.Previous = found.name
	if err := d.activate(dirs, found, &s); err != nil {
		return s, wrap(fmt.Sprintf("switch to environment %q", name), err)
	}
	return s, nil
}

// Ensure makes the file of a standard environment that has none, as Use does,
// and switches to nothing. revise, which may be nil, is asked only then.
func Ensure(dirs Dirs, name string, random io.Reader, revise Revise) (created bool, err error) {
	return disk{}.ensure(dirs, name, random, revise)
}

// ensure makes the file of a standard environment, and refuses a name that has
// no file otherwise.
func (d disk) ensure(dirs Dirs, name string, random io.Reader, revise Revise) (created bool, err error) {
	if err := checkName(name); err != nil {
		return false, err
	}
	info, err := os.Stat(dirs.File(name))
	switch {
	case err == nil && (info.Mode().IsRegular() || info.Mode()&fs.ModeNamedPipe != 0):
		return false, nil
	case err == nil:
		return false, Unreadable(dirs.Short(dirs.File(name)), errNoFile{kindOf(info)})
	case exists(dirs.File(name)):
		return false, Unreadable(dirs.Short(dirs.File(name)), err)
	case !slices.Contains(standard(), name):
		return false, unknown(dirs, name)
	}
	return d.create(dirs, name, random, revise)
}

// activate links, and copies where that is not possible.
func (d disk) activate(dirs Dirs, found linkTarget, s *Switch) error {
	file, path := dirs.File(s.Active), dirs.Active()
	target, err := filepath.Rel(filepath.Dir(path), file)
	if err != nil {
		return err
	}
	if found.target == target {
		return nil
	}
	err = d.replaceLink(path, target)
	if !errors.As(err, new(errNoLink)) {
		return err
	}
	if err := Writable(dirs, s.Active); err != nil {
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	s.Copied = true
	return d.replaceFile(path, []byte(makeCopy(dirs, s.Active, string(text))))
}

// wrap adds what was being done, unless err already speaks to the user.
func wrap(doing string, err error) error {
	if e := (*failure.Error)(nil); errors.As(err, &e) {
		return e
	}
	return failure.New(failure.Preflight, "%s: %w", doing, err).
		WithHint("check the rights and the free space of that directory")
}
