package infra

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
)

// ClientOptions are the flags of infra:psql, infra:redis and infra:cypher.
type ClientOptions struct {
	Service string // "" finds it
	Command string // "" reads from standard input
}

// Psql opens psql in PostgreSQL's container.
func Psql(ctx context.Context, w *app.Run, o ClientOptions) error {
	return runClient(ctx, w, infra.Psql, o)
}

// Redis opens redis-cli in the container of Redis.
func Redis(ctx context.Context, w *app.Run, o ClientOptions) error {
	return runClient(ctx, w, infra.Redis, o)
}

// Cypher opens cypher-shell in the container of Neo4j.
func Cypher(ctx context.Context, w *app.Run, o ClientOptions) error {
	return runClient(ctx, w, infra.Cypher, o)
}

// runClient runs a client in its service's container. What lets it in travels in
// the environment of that one process, never in an argument.
func runClient(ctx context.Context, w *app.Run, client infra.Client, o ClientOptions) error {
	if _, err := client.Argv(o.Command, 0); err != nil {
		return err
	}
	find := func(s *load.Session) (string, error) {
		if o.Service != "" {
			return o.Service, nil
		}
		return client.Service(s.Project)
	}
	return inContainer(ctx, w, "infra:"+client.Name, find, func(ctx context.Context, s *load.Session, in Inside) (docker.Command, error) {
		inside, err := in.Client.Inside(ctx, in.Container.ID)
		if err != nil {
			return docker.Command{}, err
		}
		argv, err := client.Argv(o.Command, client.Major(inside.Environ, in.Container.Image))
		if err != nil {
			return docker.Command{}, err
		}
		shell, err := in.has(ctx, "/bin/sh")
		return docker.Command{Argv: argv, Env: client.Access(s.Project, in.Container.Service).List(), Shell: shell}, err
	})
}
