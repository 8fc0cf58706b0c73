package project

import (
	"context"
	"errors"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sirupsen/logrus"

	"github.com/infinitescribe/spellbook/internal/composeload"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// Options choose what of the files is loaded.
type Options struct {
	Environ  []string // the shell's variables, KEY=value; they win over .env
	Env      string   // the active environment's name, for its overlay
	Profiles []string // active profiles; COMPOSE_PROFILES when empty
	Services []string // only these and what they depend on; all when empty
	Backend  bool     // with docker-compose.backend.yml
	// Fragments are the Compose files of the plugins in use.
	Fragments []Fragment
	// Overrides are merged last; absolute. Made of this project, they are valid where it is.
	Overrides []string
	// Chosen are variables, as of ports, any value of which is as valid as another.
	Chosen []string
	// Lenient gives required variables without a value a stand-in, so that what
	// the files say can be looked at before there is an environment.
	Lenient bool
	// EnvFile is the environment's file, where that is not what Layout.EnvLink leads
	// to; os.DevNull for none.
	EnvFile string
	// EnvShown is that file as messages have it; env/.env.NAME where it is empty.
	EnvShown string
	// EnvText is the environment file that there would be; nil for the one that
	// there is.
	EnvText *secret.String
	// Valid and Models remember, for this user, what was valid and what it came to.
	Valid  composeload.Memory
	Models composeload.Models

	interpolate func(string, template.Mapping, substitution) (string, error) // in place of compose-go's; see Project.with
}

// Load reads the Compose files as the Compose CLI would: include, profiles,
// merges, interpolation, with the shell before .env before the defaults. A
// mistake in them is one failure.Preflight error with file and line.
func Load(ctx context.Context, l Layout, o Options) (*Project, error) {
	l = l.WithDefaults()
	set, err := l.Reads(o)
	if err != nil {
		return nil, err
	}
	p := &Project{Layout: l, Env: o.Env, Reads: set, Files: slices.Clone(set.Files), Profiles: o.Profiles, shell: o.Environ, instead: o.EnvText, fragments: o.Fragments, options: o}
	for _, f := range o.Fragments {
		p.Files = append(p.Files, f.Path)
	}
	p.Files = append(p.Files, o.Overrides...)
	if n := len(set.Env); n > 0 {
		p.EnvFile = set.Env[n-1].Path
	}
	model, warnings, err := read(ctx, p, o)
	if err == nil && len(model.Services)+len(model.DisabledServices) == 0 {
		err = errNoServices
	}
	var told *failure.Error
	if errors.As(err, &told) {
		return nil, err
	}
	if err != nil {
		return nil, explain(err, p)
	}
	if err := knownProfiles(model, o.Profiles); err != nil {
		return nil, err
	}
	p.networks = p.stackNetworks(model)
	if model, err = selected(model, o.Services); err != nil {
		return nil, err
	}
	p.Model, p.Name, p.Warnings = model, model.Name, slices.Concat(set.Warnings, warnings)
	p.rendersAgain()
	return p, nil
}

func read(ctx context.Context, p *Project, o Options) (*types.Project, []string, error) {
	env, err := p.environment()
	if err != nil {
		return nil, nil, err
	}
	opts := []cli.ProjectOptionsFn{
		cli.WithWorkingDirectory(filepath.Dir(p.Files[0])),
		cli.WithEnv(env),
	}
	opts = append(opts, cli.WithDefaultProfiles(o.Profiles...))
	options, err := cli.NewProjectOptions(p.Files, opts...)
	if err != nil {
		return nil, nil, err
	}
	p.environ = options.Environment
	if name := options.Environment["COMPOSE_PROJECT_NAME"]; name != "" {
		if err := cli.WithName(name)(options); err != nil {
			return nil, nil, err
		}
	}
	withRaw()
	warnings := listen()
	defer warnings.stop()
	known := new(composeload.Model)
	if o.interpolate == nil && !o.Lenient {
		known = o.Models.Of(options, o.Profiles)
	}
	if model := known.Recall(); model != nil {
		model, err = p.withEnvFiles(model)
		return model, warnings.heard(), err
	}
	if err := circular(p); err != nil {
		return nil, nil, err
	}
	if err := p.includesFiles(); err != nil {
		return nil, nil, err
	}
	with, valid := p.loadOptions(o)
	if err := cli.WithLoadOptions(with...)(options); err != nil {
		return nil, nil, err
	}
	model, err := p.whole(ctx, options, o.Profiles, with)
	if err == nil {
		valid()
		if len(warnings.heard()) == 0 {
			known.Remember(model)
		}
		model, err = p.withEnvFiles(model)
	}
	return model, warnings.heard(), err
}

// whole has compose-go load the files, by all processors where they are large.
func (p *Project) whole(ctx context.Context, options *cli.ProjectOptions, profiles []string, with []func(*loader.Options)) (model *types.Project, err error) {
	err = p.guarded(func() (err error) {
		if in := composeload.InParts(options, profiles, with...); in != nil {
			if model = in.Load(ctx); model != nil {
				return nil
			}
		}
		model, err = options.LoadProject(ctx)
		if name := p.repositoryName(); err != nil && name != "" && strings.Contains(err.Error(), "project name must not be empty") {
			options.Name = name
			model, err = options.LoadProject(ctx)
		}
		return err
	})
	return model, err
}

// loadOptions are what compose-go does otherwise than by itself; valid is called when
// what it was given turned out to be so.
func (p *Project) loadOptions(o Options) (with []func(*loader.Options), valid func()) {
	with = []func(*loader.Options){composeload.AnySize(p.Files), composeload.FewerCasts(p.Files), resolveLater}
	if o.Lenient { // what is made up for it is not what is validated else
		with, o.Valid = append(with, lenient), ""
	}
	if o.interpolate != nil { // what the files say was valid
		return append(with, interpolating(o.interpolate), loader.WithSkipValidation), func() {}
	}
	known, valid := o.Valid.Known(p.Files[:len(p.Files)-len(o.Overrides)], p.environ, o.Chosen)
	return append(with, known...), valid
}

// repositoryName stands in where nothing that a project may be called is left
// of the name of the project directory, which Compose calls it by.
func (p *Project) repositoryName() string {
	if loader.NormalizeProjectName(filepath.Base(filepath.Dir(p.Files[0]))) != "" {
		return ""
	}
	return loader.NormalizeProjectName(filepath.Base(p.Layout.Root))
}

// environment is what Compose interpolates with, NAME=value: the shell's, then
// those of the env files as the CLI reads them.
func (p *Project) environment() ([]string, error) {
	if len(p.Reads.Env) == 0 {
		return p.shell, nil
	}
	found, err := p.Resolve(nil)
	if err != nil {
		return nil, err
	}
	values := found.Reveal()
	list := make([]string, 0, len(values))
	for name, value := range values {
		list = append(list, name+"="+value)
	}
	return list, nil
}

// Resolve says of every variable where its value comes from.
func (p *Project) Resolve(defaults map[string][]dotenv.Setting) (dotenv.Resolution, error) {
	return p.Reads.Resolve(dotenv.ResolveOptions{Shell: p.shell, Defaults: defaults}, Options{EnvText: p.instead}.instead())
}

// ReadByItself reports whether Compose reads the same only where it finds its env
// files without being told.
func (p *Project) ReadByItself() bool {
	const variable = "COMPOSE_DISABLE_ENV_FILE"
	off, _ := strconv.ParseBool(p.environ[variable])
	return p.Reads.ByItself(off && len(p.Reads.Env) > 0 && !p.inShell(variable))
}

// EnvFileText is the text of the environment file, or what was taken for it: nil
// where there is none. It may hold secrets.
func (p *Project) EnvFileText() ([]byte, error) {
	if p.EnvFile == "" {
		return nil, nil
	}
	return p.envText()
}

// envText is EnvFileText where there is a file: a FIFO is read once by all who ask.
func (p *Project) envText() ([]byte, error) {
	if p.instead != nil {
		return []byte(p.instead.Reveal()), nil
	}
	return environ.ReadFile(p.EnvFile)
}

// selected narrows to the named services and what they depend on.
func selected(model *types.Project, names []string) (*types.Project, error) {
	if len(names) == 0 {
		return model, nil
	}
	for _, name := range names {
		if _, err := model.GetService(name); err != nil {
			if _, disabled := model.DisabledServices[name]; disabled {
				continue
			}
			return nil, unknown("service", name, allNames(model))
		}
	}
	enabled, err := model.WithServicesEnabled(names...)
	if err != nil {
		return nil, failure.New(failure.Usage, "select services: %w", err)
	}
	return enabled.WithSelectedServices(names)
}

// knownProfiles refuses profiles that no service has: Compose starts without
// them and says nothing.
func knownProfiles(model *types.Project, profiles []string) error {
	known := map[string]bool{}
	for _, services := range []types.Services{model.Services, model.DisabledServices} {
		for _, s := range services {
			for _, name := range s.Profiles {
				known[name] = true
			}
		}
	}
	for _, name := range profiles {
		if name != "*" && !known[name] {
			return unknown("profile", name, slices.Sorted(maps.Keys(known)))
		}
	}
	return nil
}

// unknown is a name that is not among the known ones, or a slip of one.
func unknown(kind, name string, known []string) error {
	list := kind + "s are: " + strings.Join(known, ", ")
	if len(known) == 0 {
		list = "the Compose files have no " + kind + "s"
	}
	if near := failure.Nearest(name, known); near != "" && name != "" {
		list = "did you mean " + near + "? " + list
	}
	if name == "" {
		return EmptyFlag(map[string]string{"service": "-services", "profile": "-profile"}[kind], list)
	}
	return failure.New(failure.Usage, "no %s %q", kind, name).WithHint("%s", list)
}

// EmptyFlag is the mistake of a flag that is given but names nothing.
func EmptyFlag(flag, list string) error {
	return failure.New(failure.Usage, "%s is empty", flag).WithHint("name some, or leave %s out; %s", flag, list)
}

func allNames(model *types.Project) []string {
	names := append(model.ServiceNames(), model.DisabledServiceNames()...)
	slices.Sort(names)
	return names
}

// listening is held while a listener is at the one logger of the process.
var listening sync.Mutex

// listener collects what compose-go says through logrus, its only channel.
type listener struct {
	mu    sync.Mutex
	lines []string
}

func listen() *listener {
	listening.Lock()
	l := &listener{}
	logrus.SetOutput(io.Discard)
	logrus.StandardLogger().ReplaceHooks(logrus.LevelHooks{logrus.WarnLevel: {l}})
	return l
}

func (l *listener) stop() {
	logrus.StandardLogger().ReplaceHooks(logrus.LevelHooks{})
	listening.Unlock()
}

// heard are the warnings so far.
func (l *listener) heard() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

// Levels is part of logrus.Hook.
func (l *listener) Levels() []logrus.Level { return []logrus.Level{logrus.WarnLevel} }

// Fire is part of logrus.Hook.
func (l *listener) Fire(e *logrus.Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(l.lines, e.Message) {
		l.lines = append(l.lines, e.Message)
	}
	return nil
}
