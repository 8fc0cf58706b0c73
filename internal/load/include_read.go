package load

import (
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// Resolve reads the env files of an inclusion, a level at a time: what is set
// further out is to them what the shell is to an environment.
func (i Inclusion) Resolve(p *project.Project, outer dotenv.Resolution) (list []dotenv.Resolution, err error) {
	for _, level := range i.levels {
		o := dotenv.ResolveOptions{}
		for name, value := range outer.Reveal() {
			o.Shell = append(o.Shell, name+"="+value)
		}
		for _, path := range level {
			text, err := environ.ReadFile(path)
			if err != nil {
				return list, err
			}
			o.Files = append(o.Files, dotenv.File{Path: p.Short(path), Text: secret.New(string(text))})
		}
		if outer, err = dotenv.Resolve(o); err != nil {
			return list, err
		}
		list = append(list, outer)
	}
	return list, nil
}

// IncludedSettings are what the levels say of a variable, and whether the first of them
// holds.
func IncludedSettings(levels []dotenv.Resolution, variable string) (list []dotenv.Setting, holds bool) {
	for _, level := range levels {
		v := level.Explain(variable)
		for _, s := range append([]dotenv.Setting{v.Winner}, v.Losers...) {
			if s.Layer == dotenv.EnvFile && !s.Bare {
				list = append(list, s)
			}
		}
		holds = holds || v.Winner.Layer == dotenv.EnvFile
	}
	return list, holds
}

// includedSecrets are the env files of include:, for the secrets in them.
func includedSecrets(p *project.Project) (list []environ.Environment) {
	for _, i := range Inclusions(p) {
		for _, level := range i.levels {
			for _, path := range level {
				if text, err := environ.ReadFile(path); err == nil {
					list = append(list, environ.Environment{File: p.Short(path), Document: dotenv.Parse(string(text))})
				}
			}
		}
	}
	return list
}
