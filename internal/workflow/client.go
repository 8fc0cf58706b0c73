package workflow

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
)

// ClientOptions are the flags of infra:psql, infra:redis and infra:cypher.
type ClientOptions struct {
	Service string // "" finds it
	Command string // "" reads from standard input
}

// InfraPsql opens psql in PostgreSQL's container.
func (w *Workflow) InfraPsql(ctx context.Context, o ClientOptions) error {
	return w.speak(ctx, infra.Psql, o)
}

// InfraRedis opens redis-cli in the container of Redis.
func (w *Workflow) InfraRedis(ctx context.Context, o ClientOptions) error {
	return w.speak(ctx, infra.Redis, o)
}

// InfraCypher opens cypher-shell in the container of Neo4j.
func (w *Workflow) InfraCypher(ctx context.Context, o ClientOptions) error {
	return w.speak(ctx, infra.Cypher, o)
}

// speak runs a client in its service's container. What lets it in travels in
// the environment of that one process, never in an argument.
func (w *Workflow) speak(ctx context.Context, client infra.Client, o ClientOptions) error {
	argv, err := client.Argv(o.Command)
	if err != nil {
		return err
	}
	find := func(s *session) (string, error) {
		if o.Service != "" {
			return o.Service, nil
		}
		return client.Service(s.project)
	}
	return w.inside(ctx, find, func(ctx context.Context, s *session, c observe.Container) (docker.Command, error) {
		shell, err := s.client.HasFile(ctx, c.ID, "/bin/sh")
		return docker.Command{Argv: argv, Env: client.Access(s.project, c.Service).List(), Shell: shell}, err
	})
}
