package workflow

import (
	"context"
	"io"
	"slices"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/ownership"
	"github.com/infinitescribe/spellbook/internal/project"
)

// session is one target at work: the project and the engine it is for.
type session struct {
	w       *Workflow
	layout  project.Layout
	project *project.Project
	client  *docker.Client
	compose docker.Compose
	opts    sessionOptions
	environ []string            // what commands get, NAME=value
	plugged *plugged            // the plugins in use
	mine    *ownership.Checkout // see checkout
	told    bool                // see tellOthers

	freeEnvFile func() // see handEnvFile; nil where there is nothing to free
}

// sessionOptions choose what of the project a target works on.
type sessionOptions struct {
	services []string
	profiles []string
	backend  bool // with the application's own services
	// running: with the application's own services where they were up last.
	running bool
	// environment: create and link env:local when there is no .env.
	environment bool
	// look: only look at what would be done, and write nothing.
	look bool
	// salvage: go on without plugins that cannot be used, which is told.
	salvage bool
}

// open loads the project and prepares the engine's client; it does not talk
// to the engine yet.
func (w *Workflow) open(ctx context.Context, o sessionOptions) (*session, error) {
	s := &session{w: w, layout: w.layout(), opts: o}
	if o.environment && o.look {
		var err error
		if w, err = w.previewing(ctx, s.layout); err != nil {
			return nil, err
		}
		s.w = w
	}
	env, err := w.environment(ctx, s.layout, o.environment && !o.look)
	if err != nil {
		return nil, err
	}
	options := project.Options{Environ: w.Environ, Env: env, Profiles: o.profiles, Services: o.services, Backend: o.backend}
	load := func() error {
		if o.salvage {
			s.project, s.plugged, err = w.salvage(ctx, s.layout, options)
		} else {
			s.project, s.plugged, err = w.load(ctx, s.layout, options)
		}
		return err
	}
	err = load()
	if o.running && w.backendUp(ctx, s, env, o, err) {
		s.plugged.close()
		options.Backend = true
		err = load()
	}
	if err != nil {
		return nil, err
	}
	p := s.project
	s.compose = docker.Compose{Project: p.Name, Files: p.Files, EnvFile: p.EnvFile, Profiles: p.Profiles}
	if err := s.handEnvFile(); err != nil {
		s.plugged.close()
		return nil, err
	}
	s.environ = engineEnviron(w, p)
	if s.client, err = dial(s.environ); err != nil && s.freeEnvFile != nil {
		s.freeEnvFile()
	}
	return s, err
}

// dial opens the engine that Docker's own rules name.
func dial(environ []string) (*docker.Client, error) {
	endpoint, err := docker.FindEndpoint(func(name string) string { return lookup(environ, name) })
	if err != nil {
		return nil, err
	}
	return docker.Open(endpoint, ssh.Dialer(environ))
}

// engineVariables say where an engine is; an environment file may set them.
var engineVariables = []string{"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"}

// engineEnviron is what commands get: the shell's variables, and the engine of
// the environment file unless the shell names one, in any of its ways.
func engineEnviron(w *Workflow, p *project.Project) []string { return w.engineEnviron(p.Variable) }

func (w *Workflow) engineEnviron(variable func(name string) string) []string {
	environ := slices.Clone(w.Environ)
	if w.Getenv("DOCKER_HOST") != "" || w.Getenv("DOCKER_CONTEXT") != "" {
		return environ
	}
	for _, name := range engineVariables {
		if value := variable(name); value != "" && w.Getenv(name) == "" {
			environ = append(environ, name+"="+value)
		}
	}
	return environ
}

func (s *session) close() {
	s.plugged.close()
	_ = s.client.Close()
	if s.freeEnvFile != nil {
		s.freeEnvFile()
	}
}

// observe takes one container list and the record of the last run.
func (s *session) observe(ctx context.Context) (observe.State, error) {
	return observe.Engine(ctx, s.client, s.project)
}

// run runs a command on this machine, in the project's root.
func (s *session) run(ctx context.Context, argv []string, stdout, stderr io.Writer) error {
	env := s.environ
	if s.client.OverSSH() && s.w.Getenv("COMPOSE_PARALLEL_LIMIT") == "" {
		// Each of Compose's requests is an ssh, and a server turns away many
		// at once.
		env = append(slices.Clone(env), "COMPOSE_PARALLEL_LIMIT=4")
	}
	return local.Run(ctx, local.Command{Argv: argv, Dir: s.layout.Root, Env: env, Stdout: stdout, Stderr: stderr})
}
