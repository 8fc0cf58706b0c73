package load

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/composefiles"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

// environment is the name of the active environment; none where the shell has
// Compose read other files. With create, a repository that has a template and no
// .env gets env:local first, and is told.
func environment(ctx context.Context, w *app.Run, l project.Layout, create bool) (string, error) {
	if composefiles.ShellDecides(w.LookupEnv) {
		return "", nil
	}
	d := app.EnvDirs(l)
	name, ok, err := environ.Active(d)
	if err != nil || ok || !create {
		return name, err
	}
	if _, err := os.Stat(d.Template()); err != nil {
		return "", nil
	}
	w.Tell("no .env yet: choosing the local environment (mage env:local)")
	if err := (&EnvContext{Run: w, Layout: l, Dirs: d}).Ensure(ctx, "local"); err != nil {
		return "", err
	}
	return "local", UseEnvironment(w, l, "local")
}

// UseEnvironment switches without a check.
func UseEnvironment(w *app.Run, l project.Layout, name string) error {
	s, err := environ.Use(app.EnvDirs(l), name, w.Now(), rand.Reader)
	if err != nil {
		return err
	}
	switch {
	case s.Carried:
		w.Tell("created %s with all that %s says, as it is", l.EnvDir+"/.env."+name, l.EnvLink)
	case s.Created:
		sayCreated(w, l, name)
	}
	if s.Backup != "" {
		w.Tell("kept the former %s as %s", l.EnvLink, filepath.Base(s.Backup))
	}
	w.Tell("environment %s is active", s.Active)
	if d := (&EnvContext{Run: w, Layout: l, Dirs: app.EnvDirs(l)}); !environ.IsCommitted(name) && (s.Created || s.Backup != "") {
		d.WarnOfGit(context.Background(), made(d.Dirs, s)...)
	}
	return nil
}

// made are the files with secrets that a switch has left, the link included.
func made(d environ.Dirs, s environ.Switch) []string {
	list := []string{d.File(s.Active), d.Active()}
	if s.Backup != "" {
		list = append(list, s.Backup)
	}
	return list
}

func sayCreated(w *app.Run, l project.Layout, name string) {
	w.Tell("created %s from the template, with generated secrets", l.EnvDir+"/.env."+name)
}

// ResultsToErr is w with what is a result elsewhere among the progress.
func ResultsToErr(w *app.Run) *app.Run {
	other := *w
	other.Out, other.OutTerminal = w.Err, w.ErrTerminal
	return &other
}

// Ensure makes the file of a standard environment that has none: with a project
// of its own, and with ports that it does not share.
func (d *EnvContext) Ensure(ctx context.Context, name string) error {
	n := &newEnvironment{EnvContext: d, name: name}
	if err := d.deployedElsewhere(name); err != nil {
		return err
	}
	created, err := environ.Ensure(d.Dirs, name, rand.Reader, func(t environ.Template) (environ.Template, error) {
		return n.revise(ctx, t)
	})
	if err != nil || !created {
		return err
	}
	sayCreated(d.Run, d.Layout, name)
	if err := d.addPluginVariables(ctx, name, n.apart); err != nil {
		return err
	}
	for _, note := range n.notes {
		d.Run.Tell("note: %s", note)
	}
	return nil
}

// deployedElsewhere refuses to make up an environment of this machine that has a
// server: its secrets are there, and others would not fit the server's databases.
func (d *EnvContext) deployedElsewhere(name string) error {
	if name != environ.DevName || environ.HasFile(d.Dirs, name) {
		return nil
	}
	t, err := d.Template()
	if err != nil {
		return err
	}
	if _, own, err := environ.Carried(d.Dirs, name); own || err != nil {
		return err
	}
	host := t.RemoteHost(name, d.Shell)
	if host == "" {
		return nil
	}
	return failure.New(failure.Preflight, "the environment %s is deployed to %s, and its secrets are there", name, host).
		WithHint("mage deploy:env %s -pull; for one of your own: DEPLOY_HOST= mage env:%s", name, name)
}

// newEnvironment is an environment that is about to be made.
type newEnvironment struct {
	*EnvContext
	name   string
	files  *project.Project // as the template's values make it
	others []environ.Environment
	notes  []string // what a user should know of it
}

// revise gives the template the values that are this environment's alone.
// Compose files that cannot be read are told of later, by the check.
func (n *newEnvironment) revise(ctx context.Context, t environ.Template) (environ.Template, error) {
	var err error
	if n.others, err = n.All(); err != nil {
		return t, err
	}
	n.others = slices.DeleteFunc(n.others, func(e environ.Environment) bool { return e.Name == n.name })
	if n.name != environ.DevName && t.RemoteHost(environ.DevName, nil) != "" { // it is dev's alone
		if t, err = t.Giving(n.TemplateFile(), map[string]string{"DEPLOY_HOST": ""}); err != nil {
			return t, err
		}
	}
	if n.files, err = n.PlainModel(ctx, n.TemplateFile(), ""); err != nil {
		return t, nil
	}
	values := n.ports(t)
	if name := n.project(ctx, t); name != n.files.Name || slices.Contains(t.ProjectVariables(), environ.ProjectVariable) {
		values[environ.ProjectVariable] = name
	}
	if value := n.composeFile(); value != "" {
		values["COMPOSE_FILE"] = value
	}
	return t.Giving(n.TemplateFile(), values)
}

// composeFile is what COMPOSE_FILE has to be where the environment has a Compose
// file of its own, so that a plain docker compose reads that too; "" where it has
// none, or where Layout.Files says what is read. The shell's COMPOSE_FILE is no
// environment's.
func (n *newEnvironment) composeFile() string {
	shell := slices.DeleteFunc(slices.Clone(n.Run.Environ), func(pair string) bool { return strings.HasPrefix(pair, "COMPOSE_FILE=") })
	set, err := n.Layout.Reads(project.Options{Env: n.name, EnvFile: n.TemplateFile(), Environ: shell})
	if err != nil || len(set.Own) == 0 {
		return ""
	}
	return set.Value()
}

// PlainModel is the project with the values of a file, or else without, and without
// plugins. The shell says nothing of its name, as that is about all of them.
func (d *EnvContext) PlainModel(ctx context.Context, envFile, name string) (*project.Project, error) {
	l := d.Layout
	o := project.Options{Env: name, Backend: true, Lenient: true, Profiles: []string{"*"},
		Environ: slices.DeleteFunc(slices.Clone(d.Run.Environ), func(pair string) bool {
			return strings.HasPrefix(pair, environ.ProjectVariable+"=")
		})}
	o.EnvFile = envFile
	p, err := project.Load(ctx, l, o)
	if err != nil {
		o.EnvFile = os.DevNull
		p, err = project.Load(ctx, l, o)
	}
	return p, err
}

// ProjectOf is what an environment calls its project, or "" where nobody can say.
func (d *EnvContext) ProjectOf(ctx context.Context, e environ.Environment) string {
	if name := e.Project(d.Shell); name != "" {
		return name
	}
	if p, err := d.PlainModel(ctx, e.File, e.Name); err == nil {
		return p.Name
	}
	return ""
}

// project chooses the name, and notes what it has to do with a stack that is
// there already.
func (n *newEnvironment) project(ctx context.Context, t environ.Template) string {
	naming := environ.Naming{Environment: n.name, Files: n.files.Name, ForThis: n.files.Name}
	if p, err := n.PlainModel(ctx, n.TemplateFile(), n.name); err == nil {
		naming.ForThis = p.Name
	}
	onlyCommitted := true
	for _, e := range n.others {
		name := n.ProjectOf(ctx, e)
		naming.Others = append(naming.Others, name)
		onlyCommitted = onlyCommitted && (environ.IsCommitted(e.Name) || name != naming.Files)
	}
	if !onlyCommitted || naming.ForThis != naming.Files {
		return naming.Name()
	}
	there := n.EngineState(ctx, environ.Environment{Document: t.Document}, naming.Files)
	naming.InUse = there.Any()
	name := naming.Name()
	switch {
	case !there.Any():
	case name == naming.Files:
		n.note("goes on with the stack %s, which is there already: what is in its volumes keeps its passwords", name)
	default:
		n.note("there is a stack %s already; if its data is to be %s's: mage env:set %s=%s -env=%s", naming.Files, n.name, environ.ProjectVariable, naming.Files, n.name)
	}
	return name
}

// ports are those of the variables that would be another environment's as well.
func (n *newEnvironment) ports(t environ.Template) map[string]string {
	besides := environ.Environment{Name: n.name, Document: t.Document}.Besides(n.others)
	values, raised := t.Apart(PortVariables(t, n.files), besides)
	if raised == 0 {
		return map[string]string{}
	}
	n.note("its ports are those of the template and %d, as another environment has these", raised)
	return values
}

// apart gives a template, which may have plugins' variables by now, such ports.
func (n *newEnvironment) apart(t environ.Template) (environ.Template, error) {
	if n.files == nil {
		return t, nil
	}
	return t.Giving(n.TemplateFile(), n.ports(t))
}

func (n *newEnvironment) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(n.notes, text) {
		n.notes = append(n.notes, text)
	}
}

// PortVariables give the ports that a stack publishes, or those of programs
// outside of it. A port that only containers know is the same in every stack.
func PortVariables(t environ.Template, p *project.Project) (names []string) {
	for _, published := range p.Published() {
		if v := published.Origin().Variable; v != "" && published.Low == published.High {
			names = append(names, v)
		}
	}
	inside := map[string]bool{}
	for _, u := range p.Uses() {
		inside[u.Variable] = true
	}
	for _, name := range t.PortVariables() {
		if !inside[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// previewing is w for a target that only looks, where there is no .env and the
// target that it shows would make env:local first: with that environment as it is
// or would be, in memory alone.
func previewing(ctx context.Context, w *app.Run, l project.Layout) (*app.Run, error) {
	d := app.EnvDirs(l)
	_, ok, err := environ.Active(d)
	ok = ok || composefiles.ShellDecides(w.LookupEnv)
	if _, missing := os.Stat(d.Template()); err != nil || ok || missing != nil {
		return w, err
	}
	n := &newEnvironment{EnvContext: &EnvContext{Run: w, Layout: l, Dirs: d}, name: "local"}
	e, err := environ.Preview(d, n.name, rand.Reader, func(t environ.Template) (environ.Template, error) { return n.revise(ctx, t) })
	if err != nil {
		return nil, err
	}
	w.Tell("no .env yet: this is with the local environment as mage env:local makes it; nothing is written")
	other := *w
	other.Preview = &e
	return &other, nil
}

// addPluginVariables gives a new environment the variables of the plugins that are enabled in
// it, or in the shell, with the values of revise.
func (d *EnvContext) addPluginVariables(ctx context.Context, name string, revise environ.Revise) error {
	e, err := environ.ReadEnvironment(d.Dirs, name)
	if err != nil {
		return err
	}
	g := d.PluginsOf(ctx, e)
	if len(g.Plugins) == 0 {
		return nil
	}
	t, err := environ.SoundTemplate(d.Dirs)
	if err != nil {
		return err
	}
	if t, err = g.Extended(d.TemplateFile(), t.Document); err != nil {
		return err
	}
	if t, err = revise(t); err != nil {
		return err
	}
	_, err = environ.Edit(ctx, d.Dirs, name, func(doc dotenv.Document) (dotenv.Document, error) {
		next, _, err := environ.Sync(t, doc, rand.Reader)
		return next, err
	})
	return err
}

// TemplateFile is the template as messages show it.
func (d *EnvContext) TemplateFile() string { return d.Layout.EnvDir + "/.env.example" }
