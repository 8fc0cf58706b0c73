package env

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/units"
)

// IsolateOptions are the flags of env:isolate.
type IsolateOptions struct {
	Name string // of the project; "" makes one of the environment and the working copy
	Undo bool
}

// Isolate gives the active environment of this working copy a project and
// ports that nobody else has, or takes that back.
func Isolate(ctx context.Context, w *app.Run, o IsolateOptions) error {
	return load.WithEnv(ctx, w, func(ctx context.Context, d *load.EnvContext) error {
		e, err := changeable(ctx, d)
		if err != nil {
			return err
		}
		i := &isolation{EnvContext: d, environment: e, was: d.ProjectOf(ctx, e), isolated: environ.Isolated(e.Document)}
		if o.Undo {
			return i.undo(ctx, o)
		}
		return i.apply(ctx, o)
	})
}

// isolation is one env:isolate at work.
type isolation struct {
	*load.EnvContext
	environment environ.Environment // as it was
	was         string              // what its project was called
	isolated    []string            // variables that had been given other values already
	model       *project.Project
	name        string   // what its project is to be called
	variables   []string // that give ports
	free        *freePorts
}

func (i *isolation) apply(ctx context.Context, o IsolateOptions) error {
	if err := i.prepare(ctx, o); err != nil {
		return err
	}
	changed, err := environ.Edit(ctx, i.Dirs, i.environment.Name, i.change)
	if err != nil {
		return err
	}
	after, err := environ.ReadEnvironment(i.Dirs, i.environment.Name)
	if err != nil {
		return err
	}
	if !changed {
		return i.Run.Say("%s has a stack of its own already: %s\n", after.File, after.Project(i.Shell))
	}
	if err := i.showChanges(after); err != nil {
		return err
	}
	i.warn(ctx, after)
	return i.Run.Say("%s has a stack of its own: %s\n→ mage infra:up\n", after.File, after.Project(i.Shell))
}

// prepare chooses the name, and finds out which ports are taken.
func (i *isolation) prepare(ctx context.Context, o IsolateOptions) (err error) {
	t, err := i.Template()
	if err != nil {
		return err
	}
	if i.model, err = i.Model(ctx, i.environment); err != nil {
		return err
	}
	i.variables = load.PortVariables(t.Declaring(i.PluginsOf(ctx, i.environment).Declared()...), i.model)
	if i.name, err = i.choose(ctx, o.Name); err != nil {
		return err
	}
	i.free, err = i.searchPorts(ctx)
	return err
}

// change gives the project its name, and ports to the variables that have not
// been given one before.
func (i *isolation) change(doc dotenv.Document) (dotenv.Document, error) {
	kept := environ.Isolated(doc)
	values := map[string]string{}
	if given := slices.Contains(kept, environ.ProjectVariable); !given || i.name != i.was {
		values[environ.ProjectVariable] = i.name
	}
	for _, name := range i.variables {
		if slices.Contains(kept, name) {
			continue
		}
		port, err := i.free.next()
		if err != nil {
			return doc, err
		}
		values[name] = port
	}
	return environ.Isolate(doc, values)
}

// showChanges lists each variable that is another one now.
func (i *isolation) showChanges(after environ.Environment) error {
	before, now := i.environment.Values(i.Shell), after.Values(i.Shell)
	names := slices.Concat(i.variables, i.isolated, environ.Isolated(after.Document), []string{environ.ProjectVariable})
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		old, is := orNone(before, name), orNone(now, name)
		if old == is {
			continue
		}
		if err := i.Run.Say("%s: %s → %s\n", name, old, is); err != nil {
			return err
		}
		if _, inShell := i.Shell(name); inShell {
			i.Run.Tell("note: the shell sets %s as well, and wins: unset it", name)
		}
	}
	return nil
}

func orNone(values map[string]string, name string) string {
	if value := values[name]; value != "" {
		return value
	}
	return "(none)"
}

// warn says what keeps the stack from being its own, and what is left behind.
func (i *isolation) warn(ctx context.Context, after environ.Environment) {
	for _, x := range fixed(ctx, i.EnvContext, i.environment, i.model) {
		i.Run.Tell("warning: %s:%d: %s", x.File, x.Line, x)
	}
	for _, p := range i.model.Published() {
		if p.Origin().Variable == "" {
			i.Run.Tell("warning: %s: the port %s of %s is fixed: only one stack can have it", p.Origin(), p, p.Service)
		}
	}
	if i.was == after.Project(i.Shell) {
		return
	}
	if n := madeIn(i.EngineState(ctx, i.environment, i.was), i.Layout.Root).Running(); n > 0 {
		i.Run.Tell("%s of %s still running → mage env:isolate -undo, then mage infra:down", units.Plural(n, "service"), i.was)
	}
}

// undo brings back what was, unless that leaves containers behind that no
// environment knows.
func (i *isolation) undo(ctx context.Context, o IsolateOptions) error {
	if o.Name != "" {
		return failure.New(failure.Usage, "-undo takes back whatever the name is").WithHint("mage env:isolate -undo")
	}
	if len(i.isolated) == 0 {
		return failure.New(failure.Preflight, "%s has nothing of env:isolate to take back", i.environment.File).
			WithHint("mage env:isolate gives it a stack of its own; mage env:set %s=… changes the name by hand", environ.ProjectVariable)
	}
	there, err := i.leaving(ctx, "mage env:isolate -undo")
	if err != nil {
		return err
	}
	if _, err := environ.Edit(ctx, i.Dirs, i.environment.Name, environ.Restore); err != nil {
		return err
	}
	after, err := environ.ReadEnvironment(i.Dirs, i.environment.Name)
	if err != nil {
		return err
	}
	if err := i.showChanges(after); err != nil {
		return err
	}
	if len(there.Volumes) > 0 {
		i.Run.Tell("note: the volumes of %s stay; mage env:isolate -name=%s goes on with them", i.was, i.was)
	}
	return i.Run.Say("%s has the stack of before: %s\n→ mage infra:up\n", after.File, i.ProjectOf(ctx, after))
}

// leaving refuses to leave containers behind, which the target would.
func (i *isolation) leaving(ctx context.Context, target string) (load.EngineState, error) {
	there := i.EngineState(ctx, i.environment, i.was)
	if !there.Known {
		i.Run.Tell("note: the engine does not say whether there is anything of %s", i.was)
	}
	if n := len(there.Containers); n > 0 {
		return there, failure.New(failure.Preflight, "%s still has %s, which no environment would know", i.was, units.Plural(n, "container")).
			WithHint("mage infra:down, then %s", target)
	}
	return there, nil
}

// taken are all names of projects that this working copy's other environments have.
func (i *isolation) taken(ctx context.Context) (map[string]string, error) {
	all, err := i.All()
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, e := range all {
		if e.Name != i.environment.Name {
			names[i.ProjectOf(ctx, e)] = e.Name
		}
	}
	return names, nil
}

// choose is the name that was asked for, the one that it has of an earlier call,
// or a new one.
func (i *isolation) choose(ctx context.Context, asked string) (string, error) {
	given := slices.Contains(i.isolated, environ.ProjectVariable)
	if asked == "" && given {
		return i.was, nil
	}
	taken, err := i.taken(ctx)
	if err != nil {
		return "", err
	}
	if asked == "" {
		return i.newName(ctx, taken)
	}
	if !environ.IsProject(asked) {
		return "", failure.New(failure.Usage, "-name=%s is no name of a project", asked).
			WithHint("lower-case letters, digits, - and _, starting with a letter or digit: -name=%s", project.NormalName(asked, "mine"))
	}
	if e := taken[asked]; e != "" {
		return "", failure.New(failure.Usage, "-name=%s is the project of the environment %s", asked, e).
			WithHint("another name, or leave -name out; others are: %s", strings.Join(slices.Sorted(maps.Keys(taken)), ", "))
	}
	if given && asked != i.was {
		_, err = i.leaving(ctx, "mage env:isolate -name="+asked)
	}
	return asked, err
}
