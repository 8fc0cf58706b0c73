package environ

import (
	"errors"
	"io/fs"

	"github.com/infinitescribe/spellbook/internal/dotenv"
)

// Copy is how a marked copy in .env stands to the file that it is a copy of.
type Copy int

// The ways of copies. Compose reads the copy in any case.
const (
	Faithful Copy = iota // the same text; also where .env is no copy
	Edited               // somebody changed the copy
	Outdated             // somebody changed the file, and did not switch again
)

// Current is what Compose reads now, and how it stands to the environment's
// file: that file, a copy that is not the same, or a .env of the user's own,
// which has no name. Where there is no .env it has no File either.
func Current(dirs Dirs) (Environment, Copy, error) {
	found, err := look(dirs)
	switch {
	case err != nil || found.info == nil:
		return Environment{}, Faithful, err
	case found.name != "" && found.target != "":
		e, err := ReadEnvironment(dirs, found.name)
		return e, Faithful, err
	}
	text, err := ReadFile(dirs.Active())
	if err != nil {
		return Environment{}, Faithful, Unreadable(dirs.Short(dirs.Active()), err)
	}
	e := Environment{found.name, dirs.Short(dirs.Active()), dotenv.Parse(string(text))}
	if found.name == "" {
		return e, Faithful, nil
	}
	return compareCopy(dirs, e, found.edited)
}

// compareCopy prefers the file to a copy of it that is the same.
func compareCopy(dirs Dirs, e Environment, edited bool) (Environment, Copy, error) {
	if edited {
		return e, Edited, nil
	}
	source, err := ReadFile(dirs.File(e.Name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return e, Outdated, nil
	case err != nil:
		return e, Faithful, Unreadable(dirs.Short(dirs.File(e.Name)), err)
	case makeCopy(dirs, e.Name, string(source)) != e.Document.String():
		return e, Outdated, nil
	}
	same, err := ReadEnvironment(dirs, e.Name)
	return same, Faithful, err
}
