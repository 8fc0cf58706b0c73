package process

import (
	"context"
	"fmt"
	"time"

	"github.com/infinitescribe/spellbook/apps/backend/internal/migration"
	"github.com/infinitescribe/spellbook/apps/backend/internal/store"
)

// migrating is how long a migration may take, the wait for another included.
const migrating = 10 * time.Minute

func (p Process) migrate(ctx context.Context) error {
	source := p.source()
	settings, level := source.ReadPostgres(), source.ReadLevel()
	if err := source.Err(); err != nil {
		return err
	}
	all, err := migration.All()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, migrating)
	defer cancel()
	conn, err := store.Connect(ctx, settings)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	applied, err := migration.Apply(ctx, conn, all)
	log := p.logger(level)
	for _, m := range applied {
		log.Info("migration applied", "version", m.Version, "name", m.Name)
	}
	if err != nil {
		return err
	}
	version, err := migration.Version(ctx, conn)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	log.Info("schema is up to date", "version", version, "applied", len(applied))
	return nil
}
