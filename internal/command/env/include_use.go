package env

import (
	"slices"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/secret"
	"github.com/infinitescribe/spellbook/internal/status"
)

// including is what an env file of an include: says of a variable.
type including struct {
	dotenv.Setting
	file  string // in which it may hold
	holds bool
}

// include collects what the env files of include: say of the variable.
func (x *explanation) include(p *project.Project, found dotenv.Resolution) {
	for _, i := range load.Inclusions(p) {
		levels, err := i.Resolve(p, found)
		if err != nil {
			x.Run.Tell("note: in %s it may be another one: %s", i.File, err)
		}
		list, holds := load.IncludedSettings(levels, x.Name)
		for n, s := range list {
			x.included = append(x.included, including{s, i.File, holds && n == 0})
		}
	}
}

// holdsIn is what holds in an included file.
func (x *explanation) holdsIn(file string) (including, bool) {
	i := slices.IndexFunc(x.included, func(s including) bool { return s.file == file && s.holds })
	if i < 0 {
		return including{}, false
	}
	return x.included[i], true
}

// shownOf is the value of a setting, which may be made of a secret.
func (x *explanation) shownOf(s dotenv.Setting) string {
	made := slices.ContainsFunc(s.References, func(r dotenv.Reference) bool { return x.secrets.IsSecret(r.Name) })
	switch {
	case s.Value.IsZero():
		return "(empty)"
	case made || x.secrets.Hides(x.Name, s.Value.Reveal()):
		return secret.Mask
	}
	return s.Value.Reveal()
}

func (x *explanation) includedRows() (rows [][]report.Cell) {
	for _, s := range x.included {
		mark := ""
		if s.holds {
			mark = "✔" // in its own place
		}
		rows = append(rows, []report.Cell{{Text: mark, State: status.Ready}, {Text: "include", Whole: true},
			{Text: place(s.File, s.Line), Whole: true}, {Text: x.shownOf(s.Setting) + "\nin " + s.file + " only"}})
	}
	return rows
}

// judged are the uses for a check; where no resolution is possible, all as they are.
func judged(d *load.EnvContext, e environ.Environment, p *project.Project, g plugins.Declarations, t environ.Template) []environ.Usage {
	found, err := d.Resolve(e, nil, nil)
	if err != nil {
		return plugins.Usages(g.Uses(p))
	}
	return notIncluded(p, g.Uses(p), found, t)
}

// notIncluded are the uses as Check is to judge them: where the env file of an
// include: gives a value, the environment need not, nor the template.
func notIncluded(p *project.Project, uses []project.Use, found dotenv.Resolution, t environ.Template) []environ.Usage {
	levels := map[string][]dotenv.Resolution{}
	for _, i := range load.Inclusions(p) {
		if list, err := i.Resolve(p, found); err == nil {
			levels[i.File] = list
		}
	}
	list := []environ.Usage{}
	for _, u := range uses {
		_, given := load.IncludedSettings(levels[u.File], u.Variable)
		_, inTemplate := t.Variable(u.Variable)
		if given && !inTemplate {
			continue
		}
		u.Required = u.Required && !given
		list = append(list, environ.Usage(u))
	}
	return list
}
