package environ

import (
	"os"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Environment is the file of one environment, read.
type Environment struct {
	Name     string // "local"
	File     string // as messages show it: relative to the repository, with slashes
	Document Document
}

// ReadEnvironment reads the file of an environment. The failure is Usage for a
// name that has no file, and lists those that have.
func ReadEnvironment(dirs Dirs, name string) (Environment, error) {
	if err := checkName(name); err != nil {
		return Environment{}, err
	}
	if !exists(dirs.File(name)) {
		return Environment{}, unknown(dirs, name)
	}
	text, err := os.ReadFile(dirs.File(name))
	if err != nil {
		return Environment{}, failure.New(failure.Preflight, "read environment %q: %w", name, err).
			WithHint("check the rights of %s", dirs.short(dirs.File(name)))
	}
	return Environment{name, dirs.short(dirs.File(name)), ParseDocument(string(text))}, nil
}

// Values are the variables that have one, each as Compose reads it, line by
// line; what it refuses is left out. They may be secrets.
func (e Environment) Values(shell Lookup) map[string]string {
	values := map[string]string{}
	for name, a := range last(e.Document.evaluate(shell)) {
		if a.isSet {
			values[name] = a.value
		}
	}
	return values
}
