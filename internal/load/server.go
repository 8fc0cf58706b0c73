package load

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/project"
)

// ForEnvironment is w with the named environment in place of the active one,
// which stays active.
func ForEnvironment(w *app.Run, name string) (*app.Run, error) {
	l := w.ProjectLayout()
	if err := (&EnvContext{Run: w, Layout: l, Dirs: app.EnvDirs(l)}).deployedElsewhere(name); err != nil {
		return nil, err
	}
	e, err := environ.ReadEnvironment(app.EnvDirs(l), name)
	if err != nil {
		return nil, err
	}
	other := *w
	other.Preview = &e
	return &other, nil
}

// OnServer is a session for a Compose file that is of a server, at its engine,
// which this machine's Compose reaches through a socket. What is there is the
// server's to remember, and no checkout's.
func OnServer(ctx context.Context, w *app.Run, file string, client *docker.Client, socket string) (*Session, error) {
	environ := append(withoutCompose(w.Environ), "DOCKER_HOST=unix://"+socket)
	l := project.Layout{Root: filepath.Dir(file), Files: []string{file}}.WithDefaults()
	p, err := project.Load(ctx, l, project.Options{Environ: environ})
	if err != nil {
		return nil, err
	}
	return &Session{Run: w, Layout: l, Project: p, Client: client, Environ: environ, unclaimed: true,
		Compose: docker.Compose{Project: p.Name, Files: p.Files}}, nil
}

// OnEngine is s at a server's engine, which this machine's tools reach through a
// socket.
func (s *Session) OnEngine(client *docker.Client, socket string) *Session {
	other := *s
	other.Client, other.Environ = client, append(withoutCompose(s.Environ), "DOCKER_HOST=unix://"+socket)
	return &other
}

// withoutCompose leaves out what changes Compose's mind about files, names and
// engines: these are the server's.
func withoutCompose(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return strings.HasPrefix(name, "COMPOSE_") || slices.Contains(EngineVariables, name) || name == "DOCKER_API_VERSION"
	})
}
