package environ

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// Create makes the file of the environment called name from the template, or from
// a .env of the user's own, with mode 0600, and reports whether it did. A file that is there already stays as
// it is, also when somebody else makes it at the same moment. random is the
// source of generated values: crypto/rand's Reader.
func Create(dirs Dirs, name string, random io.Reader) (created bool, err error) {
	return disk{}.create(dirs, name, random, nil)
}

// Revise makes the template that one environment is made from of the one that
// all are.
type Revise func(Template) (Template, error)

func (d disk) create(dirs Dirs, name string, random io.Reader, revise Revise) (bool, error) {
	if err := checkName(name); err != nil {
		return false, err
	}
	path := dirs.File(name)
	if exists(path) {
		return false, nil
	}
	text, err := newText(dirs, name, random, revise)
	if err != nil {
		return false, err
	}
	if err := os.MkdirAll(dirs.envDir(), 0o755); err != nil { // a .env of the user's own needs no template there
		return false, wrap("make the directory of the environments", err)
	}
	err = d.createFile(path, []byte(text))
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, failure.New(failure.Preflight, "create environment %q: %w", name, err).
			WithHint("check that you may write in %s", dirs.Short(dirs.envDir()))
	}
	return true, nil
}

// Preview is the environment called name as it is, or as Ensure would make it;
// nothing is written. Its generated secrets are others each time.
func Preview(dirs Dirs, name string, random io.Reader, revise Revise) (Environment, error) {
	if exists(dirs.File(name)) {
		return ReadEnvironment(dirs, name)
	}
	text, err := newText(dirs, name, random, revise)
	return Environment{name, dirs.Short(dirs.File(name)), dotenv.Parse(text)}, err
}

// newText is what the file of an environment begins with: what the user's own
// .env says, which wins over all that the template has, or else the template.
func newText(dirs Dirs, name string, random io.Reader, revise Revise) (string, error) {
	carried, ok, err := Carried(dirs, name)
	if err != nil || ok {
		return carried.Document.String(), err
	}
	template, err := SoundTemplate(dirs)
	if err == nil && revise != nil {
		template, err = revise(template)
	}
	if err != nil {
		return "", err
	}
	filled, err := template.Fill(random)
	if err != nil {
		return "", failure.New(failure.Unexpected, "create environment %q: %w", name, err)
	}
	return header(dirs, name) + filled.Reveal(), nil
}

// header ends with an empty line, so that it describes no variable.
func header(dirs Dirs, name string) string {
	return fmt.Sprintf("# The environment %q, made from %s.\n"+
		"# Edit it as you like; it holds secrets, so do not commit it.\n\n",
		name, dirs.Short(dirs.Template()))
}

// SoundTemplate is ReadTemplate for those who write what the template says: the
// failure is Preflight also where anything in it is wrong.
func SoundTemplate(dirs Dirs) (Template, error) {
	t, err := ReadTemplate(dirs)
	if err == nil {
		err = t.Sound()
	}
	if err != nil {
		return Template{}, err
	}
	return t, nil
}

// ReadTemplate reads the template, so far as it can be read: what it marks as
// secret stays so while somebody edits it. Sound tells whether anything is wrong
// in it. The failure is Preflight when it is missing.
func ReadTemplate(dirs Dirs) (Template, error) {
	file := dirs.Short(dirs.Template())
	text, err := ReadFile(dirs.Template())
	if errors.Is(err, fs.ErrNotExist) {
		return Template{}, failure.New(failure.Preflight, "no template %s", file).
			WithHint("mage env:template writes one from the Compose files; one that was committed comes back with: git checkout -- %s", file)
	}
	if err != nil {
		return Template{}, Unreadable(file, err)
	}
	return parseTemplate(file, string(text)), nil
}
