package environ

import (
	"os"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// DevName is the environment that the template's DEPLOY_HOST is about.
const DevName = "dev"

// RemoteHost is where an environment is deployed that has no file yet: what the
// shell says, or for dev what the template says; "" for nowhere.
func (t Template) RemoteHost(name string, shell dotenv.Lookup) string {
	if shell != nil {
		if host, ok := shell(deployHost); ok {
			return host
		}
	}
	if name != DevName {
		return ""
	}
	return Environment{Document: t.Document}.Values(nil)[deployHost]
}

// WithValues is a document in which every variable has the value that Compose was
// given: value tells it, "" where there is none. Those of more are added. What was
// filled in from the shell is written out; the rest stays as it is written.
func WithValues(d dotenv.Document, value func(name string) string, more ...string) (dotenv.Document, error) {
	names := more
	for _, e := range d.Entries {
		if e.Name != "" {
			names = append(names, e.Name)
		}
	}
	for range 10 { // a value may refer to another
		next, err := setDiffering(d, names, value)
		if err != nil {
			return d, err
		}
		if next.String() == d.String() {
			break
		}
		d = next
	}
	r, err := dotenv.Resolve(dotenv.ResolveOptions{Files: []dotenv.File{{Path: "variables.env", Text: secret.New(d.String())}}})
	if err != nil {
		return d, err
	}
	for _, name := range names {
		if r.Reveal()[name] != value(name) {
			return d, failure.New(failure.Preflight, "the value of %s cannot be written so that it is read back", name).
				WithHint("write it into the environment's file without a reference to another variable")
		}
	}
	return d, nil
}

func setDiffering(d dotenv.Document, names []string, value func(name string) string) (dotenv.Document, error) {
	for _, name := range names {
		have := dotenv.Last(d.Evaluate(nil))[name]
		if have.Value == value(name) && !have.Refused {
			continue
		}
		next, err := dotenv.Set(d, name, value(name))
		if err != nil {
			return d, err
		}
		d = next
	}
	return d, nil
}

// CreateOf makes the file of the environment called name, which has none, of a
// document, with mode 0600.
func CreateOf(dirs Dirs, name string, d dotenv.Document) error {
	if err := checkName(name); err != nil {
		return err
	}
	err := os.MkdirAll(dirs.envDir(), 0o755)
	if err == nil {
		err = disk{}.createFile(dirs.File(name), []byte(d.String()))
	}
	if err != nil {
		return wrap("create "+dirs.Short(dirs.File(name)), err)
	}
	return nil
}

// HasFile reports whether the environment called name has one.
func HasFile(dirs Dirs, name string) bool { return exists(dirs.File(name)) }
