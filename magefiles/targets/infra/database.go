package infra

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Dump writes a PostgreSQL database to a file, by pg_dump in its own container.
func (Infra) Dump(ctx context.Context,
	output *string, // the file (PROJECT-SERVICE-TIME.sql)
	service *string, // which service, where several are PostgreSQL
) error {
	return infra.Dump(ctx, target.Run(), infra.DumpOptions{Output: target.Value(output), Service: target.Value(service)})
}

// Import loads what infra:dump wrote, whole or not at all; asks before it replaces anything.
func (Infra) Import(ctx context.Context,
	input *string, // the file
	service *string, // which service, where several are PostgreSQL
	yes *bool, // replace what is in the database without asking
) error {
	return infra.Import(ctx, target.Run(), infra.ImportOptions{Input: target.Value(input), Service: target.Value(service), Yes: target.Value(yes)})
}
