// Package load opens what a target works on: the layout, the active
// environment, the plugins and their fragments, the Compose project, the
// engine's client, the lock and whose stack it is. It imports what reads and
// what observes; it plans nothing and changes no container.
package load

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/composefiles"
	"github.com/infinitescribe/spellbook/internal/composeload"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/endpoint"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/fingerprint"
	"github.com/infinitescribe/spellbook/internal/host"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/ownership"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/redact"
	"github.com/infinitescribe/spellbook/internal/state"
)

// Session is one target at work: the project and the engine it is for.
type Session struct {
	Run         *app.Run
	Layout      project.Layout
	Project     *project.Project
	Client      *docker.Client
	Compose     docker.Compose
	LoadOptions Options
	Environ     []string            // what commands get, NAME=value
	Plugins     *plugins.InUse      // the plugins in use
	checkedOut  *ownership.Checkout // see Checkout
	Warned      bool                // see WarnOthers
	claimWarned bool                // see claimFailed
	unclaimed   bool                // see OnServer

	findsFiles  bool   // Compose is called without -f and --env-file, see composefiles.Set.ByItself
	freeEnvFile func() // see passEnvFile; nil where there is nothing to free
}

// Options choose what of the project a target works on.
type Options struct {
	Services []string
	Profiles []string
	Backend  bool // with the application's own services
	// Running: with the application's own services where they were up last.
	Running bool
	// Environment: create and link env:local when there is no .env.
	Environment bool
	// ReadOnly: only look at what would be done, and write nothing.
	ReadOnly  bool
	Overrides []string // as project.Options has them
	Chosen    []string // as well
	// Degraded: go on without plugins that cannot be used, which is told.
	Degraded bool
}

// With opens a session for a target and runs it guarded.
func With(ctx context.Context, w *app.Run, o Options, do func(context.Context, *Session) error) error {
	return w.Guard(ctx, func(ctx context.Context) error {
		s, err := Open(ctx, w, o)
		if err != nil {
			return err
		}
		defer s.Close()
		return s.Explained(do(ctx, s))
	})
}

// Explained is what a target ends with: where the engine is lost, that, and no
// secret's value in it.
func (s *Session) Explained(err error) error {
	return redact.Error(s.Client.Explain(err), s.Project.MaskValues)
}

// Open loads the project and prepares the engine's client; it does not talk
// to the engine yet.
func Open(ctx context.Context, w *app.Run, o Options) (*Session, error) {
	s := &Session{Run: w, Layout: w.ProjectLayout(), LoadOptions: o}
	if o.Environment && o.ReadOnly {
		var err error
		if w, err = previewing(ctx, w, s.Layout); err != nil {
			return nil, err
		}
		s.Run = w
	}
	env, err := environment(ctx, w, s.Layout, o.Environment && !o.ReadOnly)
	if err != nil {
		return nil, err
	}
	options := project.Options{Environ: w.Environ, Env: env, Profiles: o.Profiles, Services: o.Services, Backend: o.Backend, Overrides: o.Overrides, Chosen: o.Chosen}
	options.Valid, options.Models = memories(w)
	load := func() error {
		if o.Degraded {
			s.Project, s.Plugins, err = plugins.ProjectDegraded(ctx, w, s.Layout, options)
		} else {
			s.Project, s.Plugins, err = plugins.Project(ctx, w, s.Layout, options)
		}
		return err
	}
	err = load()
	if o.Running && backendUp(ctx, w, s, env, o, err) {
		s.Plugins.Close()
		options.Backend = true
		err = load()
	}
	if err != nil {
		return nil, err
	}
	p := s.Project
	s.Compose = docker.Compose{Project: p.Name, Files: p.Files, EnvFiles: p.Reads.Paths(), Profiles: p.Profiles}
	if err := s.passEnvFile(); err != nil {
		s.Plugins.Close()
		return nil, err
	}
	s.Environ = engineEnviron(w, p)
	if s.Client, err = Dial(s.Environ); err != nil {
		if s.freeEnvFile != nil {
			s.freeEnvFile()
		}
		return s, err
	}
	tell := func(text string) { w.Tell("%s", text) }
	s.Client.OnSilence.Store(&tell)
	return s, nil
}

// memories are this user's for all repositories: what makes files valid, and a model
// what it is, is in their keys.
func memories(w *app.Run) (composeload.Memory, composeload.Models) {
	dir := w.CacheDir()
	if dir == "" {
		return "", ""
	}
	dir = filepath.Join(dir, "spellbook")
	return composeload.Memory(filepath.Join(dir, "valid-compose-files")), composeload.Models(filepath.Join(dir, "models"))
}

// backendUp reports whether the application's own services were up last: what
// is told of the stack, and done to it, is then about them too. A service that
// the user names may be one of them, so that the load without them failed.
func backendUp(ctx context.Context, w *app.Run, s *Session, env string, o Options, failed error) bool {
	own := s.Layout.BackendServices()
	if len(own) == 0 || o.Backend {
		return false
	}
	p := s.Project
	if failed != nil {
		var err error
		if p, err = project.Load(ctx, s.Layout, project.Options{Environ: w.Environ, Env: env}); err != nil {
			return false
		}
	}
	for name := range observe.ReadRecord(p).Digests.Services {
		if slices.Contains(own, name) && !p.Known(name) {
			return true
		}
	}
	return false
}

// WarnOfModel tells once what Compose warns of when it reads the model, such as
// variables that are not set: of targets that make something of it, and show it.
func (s *Session) WarnOfModel() {
	for _, text := range s.Project.Warnings {
		s.Run.Warn(text)
	}
}

// Dial opens the engine that Docker's own rules name.
func Dial(environ []string) (*docker.Client, error) {
	found, err := endpoint.Find(func(name string) string { return app.Lookup(environ, name) })
	if err != nil {
		return nil, err
	}
	return docker.Open(found, ssh.Dialer(environ))
}

// EngineVariables say where an engine is; an environment file may set them.
var EngineVariables = []string{"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"}

// engineEnviron is what commands get: the shell's variables, and the engine of
// the environment file unless the shell names one, in any of its ways.
func engineEnviron(w *app.Run, p *project.Project) []string { return engineVariablesOf(w, p.Variable) }

func engineVariablesOf(w *app.Run, variable func(name string) string) []string {
	environ := slices.Clone(w.Environ)
	if w.Getenv("DOCKER_HOST") != "" || w.Getenv("DOCKER_CONTEXT") != "" {
		return environ
	}
	for _, name := range EngineVariables {
		if value := variable(name); value != "" && w.Getenv(name) == "" {
			environ = append(environ, name+"="+value)
		}
	}
	return environ
}

// Close ends the plugins and the connection to the engine.
func (s *Session) Close() {
	s.Plugins.Close()
	_ = s.Client.Close()
	if s.freeEnvFile != nil {
		s.freeEnvFile()
	}
}

// Observe takes one container list and the record of the last run. A record that
// is there and cannot be read counts as none, which is told at the end.
func (s *Session) Observe(ctx context.Context) (observe.State, error) {
	state, err := observe.Engine(ctx, s.Client, s.Project)
	s.Run.NoteUnread(state.Last.Unread())
	return state, err
}

// composeVariables are for how somebody has Compose work for himself. What it says is read
// here, and it refuses colours in plain text, whatever its flags say. What is removed of
// services that the files do not have is planned here, and what others made is not.
var composeVariables = []string{"COMPOSE_ANSI=never", "COMPOSE_PROGRESS=plain", "COMPOSE_REMOVE_ORPHANS=false"}

// Exec runs a command on this machine, in the project's root.
func (s *Session) Exec(ctx context.Context, argv []string, stdout, stderr io.Writer) error {
	env := append(slices.Clone(s.Environ), composeVariables...)
	if s.Client.OverSSH() && !s.unclaimed && s.Run.Getenv("COMPOSE_PARALLEL_LIMIT") == "" {
		// Each of Compose's requests is an ssh, and a server turns away many
		// at once.
		env = append(env, "COMPOSE_PARALLEL_LIMIT=4")
	}
	dir := s.Layout.Root
	if s.findsFiles {
		dir, env = s.Project.Reads.Dir, append(env, composefiles.ByEnvironment(s.Project.Files)...)
	}
	return local.Run(ctx, local.Command{Argv: argv, Dir: dir, Env: env, Stdout: stdout, Stderr: stderr})
}

// Output runs a command and returns both streams.
func Output(ctx context.Context, s *Session, argv []string) (string, error) {
	var out bytes.Buffer
	err := s.Exec(ctx, argv, &out, &out)
	return out.String(), err
}

// composeVersion is what the Compose plugin said that it is.
type composeVersion struct {
	Version int    `json:"version"` // of this document
	Stamp   string `json:"stamp"`
	Said    string `json:"said"`
}

// ComposeVersion is Output of argv, which asks for the version of the Compose plugin. While
// the programs that answer are the same, so is the answer: to ask takes half as long as to
// create a stack.
func ComposeVersion(ctx context.Context, s *Session, argv []string) (string, error) {
	stamp, settled := s.composeStamp(s.Run.Now().UnixNano())
	memory := filepath.Join(s.Run.CacheDir(), "spellbook", "compose-version.json")
	if stamp == "" || s.Run.CacheDir() == "" {
		return Output(ctx, s, argv)
	}
	if known, err := state.ReadJSON[composeVersion](memory, 1); err == nil && known.Stamp == stamp {
		return known.Said, nil
	}
	said, err := Output(ctx, s, argv)
	if err == nil && settled {
		_ = state.WriteJSON(memory, composeVersion{1, stamp, said}) // or it is asked again
	}
	return said, err
}

// composeStamp is of the docker command, and of the plugin where that looks for one; ""
// where its configuration names other places, or the system does not tell when a file was
// changed. settled says that none of them can change without its stamp, as of now.
func (s *Session) composeStamp(now int64) (stamp string, settled bool) {
	program, err := host.Find("docker", s.Environ)
	if err != nil {
		return "", false
	}
	config := s.dockerConfigDir()
	if text, err := os.ReadFile(filepath.Join(config, "config.json")); err == nil && bytes.Contains(text, []byte("cliPluginsExtraDirs")) {
		return "", false
	}
	paths := []string{program}
	for _, dir := range []string{filepath.Join(config, "cli-plugins"), "/usr/local/lib/docker/cli-plugins", "/usr/local/libexec/docker/cli-plugins",
		"/usr/lib/docker/cli-plugins", "/usr/libexec/docker/cli-plugins"} {
		paths = append(paths, filepath.Join(dir, "docker-compose"))
	}
	settled = true
	plugin := false
	for i, path := range paths {
		f, err := fingerprint.Followed(path)
		if err != nil {
			continue
		}
		if f.Changed == 0 {
			return "", false
		}
		plugin, settled = plugin || i > 0, settled && f.Settled(now)
		stamp += fmt.Sprintf("%s %d %d %d %d\n", path, f.Size, f.Modified, f.Changed, f.Inode)
	}
	if !plugin {
		return "", false
	}
	return stamp, settled
}

// dockerConfigDir is where the Docker CLI keeps its configuration.
func (s *Session) dockerConfigDir() string {
	return cmp.Or(app.Lookup(s.Environ, "DOCKER_CONFIG"), filepath.Join(app.Lookup(s.Environ, "HOME"), ".docker"))
}

// passEnvFile gives the Compose CLI, which reads its env file three times, what
// it cannot read itself: a FIFO whose values this process has, or an environment
// that is not made. Where the system has files in memory alone, the values get to
// no disk; elsewhere they are in a file of mode 0600 until the target ends.
func (s *Session) passEnvFile() error {
	text, err := s.Project.EnvFileText()
	switch path := s.Project.EnvFile; {
	case err != nil:
		return environ.Unreadable(s.Project.Short(path), err)
	case path == "" || s.Run.Preview == nil && !environ.IsPipe(path):
		if s.findsFiles = s.Project.ReadByItself(); s.findsFiles {
			s.Compose.Files, s.Compose.EnvFiles = nil, nil
		} else if s.Project.Reads.FindsEnv() {
			s.Compose.EnvFiles = nil
		}
		return nil
	}
	path, free, err := passFile(text)
	if err != nil {
		return err
	}
	s.freeEnvFile = free
	s.Compose.EnvFiles = append(slices.Clone(s.Compose.EnvFiles[:len(s.Compose.EnvFiles)-1]), path)
	return nil
}

func passFile(text []byte) (path string, free func(), err error) {
	if path, free, err = local.MemoryFile(text); err == nil {
		return path, free, nil
	}
	dir, err := os.MkdirTemp("", "spellbook-env-*") // 0700
	if err != nil {
		return "", nil, failure.New(failure.Preflight, "hand the environment to Compose: %w", err).WithHint("TMPDIR names where temporary files go")
	}
	free = func() { _ = os.RemoveAll(dir) }
	path = filepath.Join(dir, "env")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		free()
		return "", nil, fmt.Errorf("hand the environment to Compose: %w", err)
	}
	return path, free, nil
}
