package project

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/template"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/redact"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// secretNames tells secrets by name: by convention, and those that are declared.
func (p *Project) secretNames() func(string) bool {
	isDeclared := p.declaredSecrets()
	return func(name string) bool { return isDeclared(name) || secret.IsName(name) }
}

// declaredSecrets are the variables of which somebody says that they are
// secrets: the template, a plugin, or Compose, which hands them out as one or as
// a configuration.
func (p *Project) declaredSecrets() func(string) bool {
	names := map[string]bool{}
	for _, name := range p.SecretVariables() {
		names[name] = true
	}
	for _, f := range p.fragments {
		for _, name := range f.Secrets {
			names[name] = true
		}
	}
	if template, err := environ.ReadTemplate(p.Layout.environments()); err == nil {
		for _, v := range template.Variables {
			names[v.Name] = names[v.Name] || v.Secret || v.Generate > 0
		}
	}
	return func(name string) bool { return names[name] }
}

// rendering is a project, rendered again with stand-ins for its secrets: where it
// differs, one was interpolated.
type rendering struct {
	*redact.StandIns
	project *Project // nil where no stand-ins fit
	unfit   []string // variables that are where no stand-in may be
}

// rendersAgain prepares what is only done where a text needs it.
func (p *Project) rendersAgain() {
	p.masking = sync.OnceValue(func() masking {
		m := p.masker()
		return masking{m, p.renderedAgain(m.IsSecret)}
	})
	p.declared = sync.OnceValue(func() rendering { return p.renderedAgain(p.declaredSecrets())() })
}

// renderedAgain is made when it is first asked for: it costs what a load costs.
func (p *Project) renderedAgain(isSecret func(string) bool) func() rendering {
	return sync.OnceValue(func() rendering {
		names := slices.DeleteFunc(slices.Sorted(maps.Keys(p.environ)), func(name string) bool { return p.environ[name] == "" || !isSecret(name) })
		r := rendering{StandIns: redact.NewStandIns()}
		var err error
		if r.project, err = p.with(r.StandIns, names, isSecret); err == nil {
			return r
		}
		none := func(string) bool { return false }
		fits := func(name string) bool {
			_, err := p.with(redact.NewStandIns(), []string{name}, none)
			return err == nil
		}
		r.unfit = slices.DeleteFunc(slices.Clone(names), fits)
		names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(r.unfit, name) })
		if r.project, err = p.with(r.StandIns, names, none); err != nil {
			r.project, r.unfit = nil, append(r.unfit, names...)
		}
		return r
	})
}

// with is the project with stand-ins for these variables, and for what the env
// files of include: set and the defaults of what is not set, where that is secret.
func (p *Project) with(s *redact.StandIns, names []string, isSecret func(string) bool) (*Project, error) {
	o := p.options
	o.Environ = slices.DeleteFunc(slices.Clone(p.shell), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(names, name)
	})
	for _, name := range names {
		o.Environ = append(o.Environ, name+"="+s.For(p.environ[name]))
	}
	o.interpolate = func(text string, lookup template.Mapping, substitute substitution) (string, error) {
		return substitute(text, func(name string) (string, bool) {
			value, isSet := lookup(name)
			switch {
			case slices.Contains(names, name) || !isSecret(name): // the shell has the stand-in already
			case isSet && value != "":
				return s.For(value), true
			case !isSet:
				return defaultOf(text, name, lookup, substitute, s)
			}
			return value, isSet
		})
	}
	return Load(context.Background(), p.Layout, o)
}

// defaultOf is the stand-in for the default that a text has for a variable.
func defaultOf(text, name string, lookup template.Mapping, substitute substitution, s *redact.StandIns) (string, bool) {
	mentions := dotenv.Mentions(text)
	i := slices.IndexFunc(mentions, func(m dotenv.Mention) bool { return m.Name == name && m.HasDefault() && m.Argument != "" })
	if i < 0 || slices.ContainsFunc(mentions, func(m dotenv.Mention) bool { return m.Name == name && !m.HasDefault() }) {
		return "", false
	}
	value, err := substitute(mentions[i].Argument, lookup)
	return s.For(value), err == nil && value != ""
}

// substitution is compose-go's way to fill in a text.
type substitution = func(string, template.Mapping) (string, error)

// interpolating lets do see and change what each text is filled in with.
func interpolating(do func(string, template.Mapping, substitution) (string, error)) func(*loader.Options) {
	return func(o *loader.Options) {
		if o.Interpolate == nil {
			return
		}
		own, former := *o.Interpolate, o.Interpolate.Substitute
		own.Substitute = func(text string, lookup template.Mapping) (string, error) { return do(text, lookup, former) }
		o.Interpolate = &own
	}
}
