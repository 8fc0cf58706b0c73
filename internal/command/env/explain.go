package env

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// Explain shows every layer that sets a variable, which one wins, and what
// reads it.
func Explain(ctx context.Context, w *app.Run, variable string, json bool) error {
	doc := explainDocument{Version: 1, Variable: variable, Layers: []layerEntry{}, ReadBy: []readEntry{}, Containers: []receiptEntry{}}
	failed := func(text string, code int) any {
		doc.Error, doc.ExitCode = text, code
		return doc
	}
	return w.OneDocument(json, failed, func(w *app.Run) error {
		return load.WithEnv(ctx, w, func(ctx context.Context, d *load.EnvContext) error {
			x, err := explain(ctx, d, variable)
			if err != nil {
				return err
			}
			if json {
				x.fill(&doc)
				return report.Document(w.Out, doc)
			}
			return x.show()
		})
	})
}

// explanation is what is known of one variable.
type explanation struct {
	*load.EnvContext
	dotenv.Resolved
	secrets  environ.Secrets
	included []including   // what the env files of include: say
	uses     []project.Use // of this variable
	given    []receipt
	unloaded error // why there is no telling what containers get
}

// receipt is a variable in the containers of a service that is this one, or is
// made of it.
type receipt struct {
	project.Delivery
	shown string // masked where it must be
}

func explain(ctx context.Context, d *load.EnvContext, variable string) (*explanation, error) {
	e, err := d.Current()
	if err != nil {
		return nil, err
	}
	x := &explanation{EnvContext: d}
	if x.secrets, err = d.Secrets(ctx); err != nil {
		return nil, err
	}
	l, o := d.Options(e)
	o.Profiles = []string{"*"}
	g := d.PluginsOf(ctx, e)
	p, _, err := plugins.Project(ctx, d.Run, l, o)
	if err != nil {
		x.unloaded = err
		p, _ = d.Model(ctx, e)
	}
	uses := g.Uses(p)
	found, err := d.Resolve(e, p, uses)
	if err != nil {
		return nil, err
	}
	x.Resolved = found.Explain(variable)
	if p != nil {
		x.include(p, found)
	}
	if p != nil && x.unloaded == nil {
		x.given = x.deliveries(p, uses)
	}
	x.uses = slices.DeleteFunc(uses, func(u project.Use) bool { return u.Variable != variable })
	return x, x.known(found)
}

// known refuses a name that nothing sets and nothing reads.
func (x *explanation) known(found dotenv.Resolution) error {
	t, err := x.Template()
	if err != nil || x.Name == environ.EnabledPlugins {
		return err
	}
	if _, inTemplate := t.Variable(x.Name); inTemplate || x.Winner.IsSet || len(x.Losers)+len(x.included)+len(x.uses)+len(x.given) > 0 {
		return nil
	}
	names := map[string]string{}
	for _, v := range t.Variables {
		names[strings.ToLower(v.Name)] = v.Name
	}
	for _, v := range found.Variables {
		if !x.secrets.MayBeValue(v.Name) {
			names[strings.ToLower(v.Name)] = v.Name
		}
	}
	f := failure.New(failure.Usage, "nothing sets %s, and nothing reads it", x.Name)
	if near := failure.Nearest(x.Name, slices.Sorted(maps.Keys(names))); near != "" {
		return f.WithHint("did you mean %s?", names[near])
	}
	return f.WithHint("mage env:show lists the variables")
}

// deliveries are the variables in containers that are this one by name, or that
// are made of it.
func (x *explanation) deliveries(p *project.Project, uses []project.Use) (list []receipt) {
	made, hidden := map[slot]bool{}, map[slot]bool{}
	for _, u := range uses {
		for _, at := range variablesAt(p, u) {
			made[at] = made[at] || u.Variable == x.Name
			hidden[at] = hidden[at] || x.secrets.IsSecret(u.Variable)
		}
	}
	for _, delivery := range p.Deliveries() {
		at := slot{delivery.Service, delivery.Variable}
		value := p.Model.Services[delivery.Service].Environment[delivery.Variable]
		if value == nil || delivery.Variable != x.Name && !made[at] {
			continue
		}
		r := receipt{delivery, x.secrets.Show(delivery.Variable, *value)}
		if hidden[at] && *value != "" {
			r.shown = secret.Mask
		}
		list = append(list, r)
	}
	return list
}

// slot is a variable in the containers of a service.
type slot struct{ service, variable string }

// variablesAt are the variables in containers that a use makes, by environment:
// as a mapping or as a list, or by env_file:.
func variablesAt(p *project.Project, u project.Use) (list []slot) {
	below := "services." + u.Service + ".environment"
	rest, isBelow := strings.CutPrefix(u.Path, below)
	name, isKey := strings.CutPrefix(rest, ".")
	switch {
	case u.Service == "":
	case isBelow && isKey:
		return []slot{{u.Service, name}}
	case isBelow:
		for name := range p.Model.Services[u.Service].Environment {
			if strings.Contains(p.Said(u.File, u.Line), name+"=") {
				list = append(list, slot{u.Service, name})
			}
		}
	case !strings.Contains(u.Path, "."):
		return []slot{{u.Service, u.Path}}
	}
	return list
}

// holds says which value counts at a place, where that is not the winner's.
func (x *explanation) holds(u project.Use) string {
	if s, found := x.holdsIn(u.File); found {
		return s.String() + " holds: " + x.shownOf(s.Setting)
	}
	lacks := !x.Winner.IsSet || x.Winner.Layer.IsDefault() || u.EmptyIsMissing && x.Winner.Value.IsZero()
	switch {
	case u.Nested:
		return "only where the variable around it has no value"
	case lacks && u.HasDefault:
		return "its default holds: " + x.secrets.Show(x.Name, u.Default)
	case lacks && u.Required:
		return "it has to have a value here: nothing loads"
	case lacks && !u.ByName:
		return "an empty text"
	}
	return ""
}

// givers are those who have the defaults.
func (x *explanation) givers() string {
	inFiles, plugins := "", []string{}
	for _, s := range append([]dotenv.Setting{x.Winner}, x.Losers...) {
		switch {
		case s.Layer == dotenv.ComposeDefault:
			inFiles = "in the Compose files"
		case s.Layer == dotenv.PluginDefault && !slices.Contains(plugins, s.Plugin):
			plugins = append(plugins, s.Plugin)
		}
	}
	if len(plugins) == 0 {
		return inFiles
	}
	return strings.TrimPrefix(inFiles+" and of plugin "+strings.Join(plugins, ", "), " and ")
}

// title is the variable and what it is.
func (x *explanation) title() string {
	isIncluded := slices.ContainsFunc(x.included, func(s including) bool { return s.holds })
	switch {
	case isIncluded:
		return x.Name + " is set in included files only, by their env files"
	case !x.Winner.IsSet:
		return x.Name + " is not set"
	case x.Winner.Layer.IsDefault():
		return x.Name + " is not set; the defaults " + x.givers() + " hold"
	case x.Winner.Value.IsZero():
		return fmt.Sprintf("%s is empty, by %s", x.Name, x.Winner.Origin)
	}
	return fmt.Sprintf("%s is %s, by %s", x.Name, x.secrets.Show(x.Name, x.Winner.Value.Reveal()), x.Winner.Origin)
}
