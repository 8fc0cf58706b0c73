package infra

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Exec runs a shell line in a service's container: mage infra:exec postgres "ls /".
func (Infra) Exec(ctx context.Context, service, command string) error {
	return target.Exit(infra.Exec(ctx, target.Run(), service, command))
}

// Shell opens a shell in a service's container: mage infra:shell postgres.
func (Infra) Shell(ctx context.Context, service string) error {
	return target.Exit(infra.Shell(ctx, target.Run(), service))
}

// Psql opens psql in PostgreSQL's container, signed in; statements may come by a pipe.
func (Infra) Psql(ctx context.Context,
	command *string, // a statement to run instead
	service *string, // which service, where it is not to be found
) error {
	return target.Exit(infra.Psql(ctx, target.Run(), client(command, service)))
}

// Redis opens redis-cli in the container of Redis, signed in.
func (Infra) Redis(ctx context.Context,
	command *string, // a command to run instead
	service *string, // which service, where it is not to be found
) error {
	return target.Exit(infra.Redis(ctx, target.Run(), client(command, service)))
}

// Cypher opens cypher-shell in the container of Neo4j, signed in.
func (Infra) Cypher(ctx context.Context,
	command *string, // a statement to run instead
	service *string, // which service, where it is not to be found
) error {
	return target.Exit(infra.Cypher(ctx, target.Run(), client(command, service)))
}

func client(command, service *string) infra.ClientOptions {
	return infra.ClientOptions{Command: target.Value(command), Service: target.Value(service)}
}
