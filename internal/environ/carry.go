package environ

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// Carried is the .env of the user's own as Use would make the environment called
// name of it: byte for byte, so that containers get what they got before. It is
// where a standard environment without a file is switched to; ok is false
// elsewhere. The File is that .env, which is what there is to correct.
//
// Nothing is added to it, no default of the template and no generated secret: a
// service may get the whole file by env_file:, and a database has the password
// that it was made with.
func Carried(dirs Dirs, name string) (e Environment, ok bool, err error) {
	if exists(dirs.File(name)) || !slices.Contains(standard(), name) {
		return Environment{}, false, nil
	}
	text, ok, err := ownText(dirs)
	return Environment{name, dirs.Short(dirs.Active()), dotenv.Parse(text)}, ok, err
}

// ownText is the text of a .env of the user's own; ok is false where there is none.
func ownText(dirs Dirs) (text string, ok bool, err error) {
	found, err := look(dirs)
	if err != nil || found.info == nil || found.name != "" {
		return "", false, err
	}
	if found.isPipe() {
		return "", false, found.refusePipe(dirs)
	}
	data, err := ReadFile(dirs.Active())
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, failure.New(failure.Preflight, "%s leads to %s, which is not there", dirs.Short(dirs.Active()), found.target).
			WithHint("bring that file back, or remove the link: rm %s", dirs.Short(dirs.Active()))
	}
	if err != nil {
		return "", false, Unreadable(dirs.Short(dirs.Active()), err)
	}
	return string(data), true, nil
}
