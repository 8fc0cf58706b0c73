package remote

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/state"
)

// written begins a file of variables that deploy:forward writes, and may replace.
const written = "# Written by mage deploy:forward, and removed when that ends.\n"

// publish prints the variables, or writes them to the file that was asked for; done
// removes that, as nothing answers at these ports any more.
func (f *forward) publish(text string) (done func(), err error) {
	if f.options.EnvFile == "" {
		_, err := fmt.Fprint(f.Run.Out, text)
		return func() {}, err
	}
	path := f.Run.CallerPath(f.options.EnvFile)
	if err := state.Write(path, []byte(written+text)); err != nil {
		return nil, failure.New(failure.Preflight, "%w", err).WithHint("-envfile names a file in a directory that you may write in")
	}
	return func() {
		if now, err := os.ReadFile(path); err == nil && string(now) == written+text {
			f.Run.NoteUnsaved(os.Remove(path))
		}
	}, nil
}

// replaceable refuses a file that is not an earlier run's.
func replaceable(w *app.Run, file string) error {
	if file == "" {
		return nil
	}
	path := w.CallerPath(file)
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return failure.New(failure.Preflight, "%w", err).WithHint("name another file: -envfile=PATH")
	case !strings.HasPrefix(string(data), written):
		return failure.New(failure.Usage, "%s is there, and deploy:forward has not written it", path).WithHint("name another file: -envfile=PATH")
	}
	return nil
}
