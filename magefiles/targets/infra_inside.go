package targets

import (
	"context"
	"errors"
	"os"

	"github.com/infinitescribe/spellbook/internal/workflow"
)

// Exec runs a shell line in a service's container: mage infra:exec postgres "ls /".
func (Infra) Exec(ctx context.Context, service, command string) error {
	return leave(flow().InfraExec(ctx, service, command))
}

// Shell opens a shell in a service's container: mage infra:shell postgres.
func (Infra) Shell(ctx context.Context, service string) error {
	return leave(flow().InfraShell(ctx, service))
}

// Psql opens psql in PostgreSQL's container, signed in; statements may come by a pipe.
func (Infra) Psql(ctx context.Context,
	command *string, // a statement to run instead
	service *string, // which service, where it is not to be found
) error {
	return leave(flow().InfraPsql(ctx, client(command, service)))
}

// Redis opens redis-cli in the container of Redis, signed in.
func (Infra) Redis(ctx context.Context,
	command *string, // a command to run instead
	service *string, // which service, where it is not to be found
) error {
	return leave(flow().InfraRedis(ctx, client(command, service)))
}

// Cypher opens cypher-shell in the container of Neo4j, signed in.
func (Infra) Cypher(ctx context.Context,
	command *string, // a statement to run instead
	service *string, // which service, where it is not to be found
) error {
	return leave(flow().InfraCypher(ctx, client(command, service)))
}

func client(command, service *string) workflow.ClientOptions {
	return workflow.ClientOptions{Command: value(command), Service: value(service)}
}

// leave ends the process with the code of a target that has said all there is
// to say. Returned to Mage, such an error would print "Error:" below the
// output of a command that merely found nothing.
func leave(err error) error {
	var exit *workflow.Exit
	if errors.As(err, &exit) {
		os.Exit(exit.Code)
	}
	return err
}
