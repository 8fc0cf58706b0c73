package environ

import (
	"errors"
	"io/fs"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/finding"
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
		return Environment{}, Faithful, Unreadable(dirs.short(dirs.Active()), err)
	}
	e := Environment{found.name, dirs.short(dirs.Active()), dotenv.Parse(string(text))}
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
		return e, Faithful, Unreadable(dirs.short(dirs.File(e.Name)), err)
	case makeCopy(dirs, e.Name, string(source)) != e.Document.String():
		return e, Outdated, nil
	}
	same, err := ReadEnvironment(dirs, e.Name)
	return same, Faithful, err
}

// copies is the finding of a copy that is not the same.
func (c *checker) copies() {
	f := finding.Finding{Severity: finding.Warning, Code: CodeCopy, File: c.Environment.File, Line: 1}
	name := c.Environment.Name
	switch c.Copy {
	case Edited:
		c.says(f, "take over what you edited into the file of "+name+", then mage env:use "+name+", which keeps this one as a backup",
			"this copy of the environment %s was edited: Compose reads it, and not the file", name)
	case Outdated:
		c.says(f, "mage env:use "+name, "the environment %s is another one since this copy was made: Compose reads the copy", name)
	}
}
