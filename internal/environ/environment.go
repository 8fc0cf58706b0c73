package environ

import "github.com/infinitescribe/spellbook/internal/dotenv"

// Environment is the file of one environment, read.
type Environment struct {
	Name     string // "local"
	File     string // as messages show it: relative to the repository, with slashes
	Document dotenv.Document
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
	text, err := ReadFile(dirs.File(name))
	if err != nil {
		return Environment{}, Unreadable(dirs.Short(dirs.File(name)), err)
	}
	return Environment{name, dirs.Short(dirs.File(name)), dotenv.Parse(string(text))}, nil
}

// Values are the variables that have one, each as Compose reads it, line by
// line; what it refuses is left out. They may be secrets.
func (e Environment) Values(shell dotenv.Lookup) map[string]string {
	values := map[string]string{}
	for name, a := range dotenv.Last(e.Document.Evaluate(shell)) {
		if a.IsSet {
			values[name] = a.Value
		}
	}
	return values
}

const deployHost = "DEPLOY_HOST"

// DeployHost is where the environment is deployed, or "".
func (e Environment) DeployHost(shell dotenv.Lookup) string {
	if shell != nil {
		if value, ok := shell(deployHost); ok {
			return value
		}
	}
	return e.Values(shell)[deployHost]
}
