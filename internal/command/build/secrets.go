package build

import (
	"os"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// secrets are the variables that builds' secrets are handed over in, to the
// builder's command alone.
func (b *Operation) secrets(builds []plan.Build) []string {
	var list []string
	for _, one := range builds {
		for _, s := range one.Secrets {
			if s.Env != "" {
				list = append(list, s.Env+"="+b.Project.Variable(s.Env))
			}
		}
	}
	return list
}

// checkSecrets refuses builds whose secrets are not there, before BuildKit mounts
// nothing in their place. Only who builds needs them.
func (b *Operation) checkSecrets(builds []plan.Build) error {
	for _, one := range builds {
		for _, s := range one.Secrets {
			if err := b.missing(one.Services[0], s); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Operation) missing(service string, s plan.BuildSecret) error {
	switch {
	case s.Env != "":
		if b.Project.Variable(s.Env) == "" {
			return failure.New(failure.Preflight, "service %s: build secret %s: the variable %s is not set", service, s.ID, s.Env).
				WithHint("export %s, or mage env:set %s", s.Env, s.Env)
		}
	case s.File == "":
		return failure.New(failure.Preflight, "service %s: build secret %s is neither of a file nor of a variable", service, s.ID).
			WithHint("in the Compose file: secrets: {%s: {environment: %s}}", s.ID, s.ID)
	default:
		if info, err := os.Stat(s.File); err != nil || info.IsDir() {
			return failure.New(failure.Preflight, "service %s: build secret %s: %s is no file", service, s.ID, b.Project.Short(filepath.Clean(s.File))).
				WithHint("write it, or correct secrets: in the Compose file")
		}
	}
	return nil
}
