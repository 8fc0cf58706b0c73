package migration

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// lock is the advisory lock that one migrating process holds at a time; any
// number will do that nobody else uses in this database.
const lock int64 = 0x5be11b00c

const record = `CREATE TABLE IF NOT EXISTS schema_migrations (
    version    integer PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)`

// Apply brings the database up to the last of all and returns what it applied.
// Each migration is a transaction together with its record. Of several
// processes that apply at once, one does it and the others find it done.
func Apply(ctx context.Context, conn *pgx.Conn, all []Migration) (applied []Migration, err error) {
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", lock); err != nil {
		return nil, fmt.Errorf("lock the migrations: %w", err)
	}
	// Should this fail, the lock ends with the connection.
	defer func() { _, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", lock) }()
	if _, err := conn.Exec(ctx, record); err != nil {
		return nil, fmt.Errorf("create table schema_migrations: %w", err)
	}
	recorded, err := readRecord(ctx, conn)
	if err != nil {
		return nil, err
	}
	pending, err := Pending(all, recorded)
	if err != nil {
		return nil, err
	}
	for _, m := range pending {
		if err := apply(ctx, conn, m); err != nil {
			return applied, fmt.Errorf("apply migration %04d_%s: %w", m.Version, m.Name, err)
		}
		applied = append(applied, m)
	}
	return applied, nil
}

func apply(ctx context.Context, conn *pgx.Conn, m Migration) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, m.SQL); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)", m.Version, m.Name, m.Checksum)
		return err
	})
}

func readRecord(ctx context.Context, conn *pgx.Conn) (map[int]string, error) {
	rows, err := conn.Query(ctx, "SELECT version, checksum FROM schema_migrations")
	if err != nil {
		return nil, fmt.Errorf("read table schema_migrations: %w", err)
	}
	recorded := map[int]string{}
	var version int
	var sum string
	_, err = pgx.ForEachRow(rows, []any{&version, &sum}, func() error {
		recorded[version] = sum
		return nil
	})
	return recorded, err
}

// querier is a connection, a pool or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Version is that of a database: 0 where no migration was ever applied.
func Version(ctx context.Context, db querier) (version int, err error) {
	err = db.QueryRow(ctx, "SELECT coalesce(max(version), 0) FROM schema_migrations").Scan(&version)
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && refused.Code == "42P01" { // undefined_table
		return 0, nil
	}
	return version, err
}
