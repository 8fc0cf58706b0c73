// Package store keeps novels and results in PostgreSQL.
package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/infinitescribe/spellbook/apps/backend/internal/config"
	"github.com/infinitescribe/spellbook/apps/backend/internal/migration"
)

// Store is a pool of connections. It connects when it is first asked.
type Store struct{ pool *pgxpool.Pool }

// Open makes a pool; it fails on a bad configuration only.
func Open(ctx context.Context, c config.Postgres) (*Store, error) {
	settings, err := pgxpool.ParseConfig(address(c))
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, settings)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	return &Store{pool}, nil
}

// Connect makes one connection, as a migration needs it: its lock belongs to it.
func Connect(ctx context.Context, c config.Postgres) (*pgx.Conn, error) {
	conn, err := pgx.Connect(ctx, address(c))
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL at %s:%s: %w", c.Host, c.Port, err)
	}
	return conn, nil
}

// address is a URL, in which nothing of a password is special. It ends in
// pgx's parser and in no error: that one hides passwords.
func address(c config.Postgres) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(c.User, c.Password.Reveal()),
		Host:     net.JoinHostPort(c.Host, c.Port),
		Path:     "/" + c.Database,
		RawQuery: url.Values{"sslmode": {c.SSLMode}, "connect_timeout": {"5"}, "application_name": {"backend"}}.Encode(),
	}
	return u.String()
}

// Close waits for the connections in use.
func (s *Store) Close() { s.pool.Close() }

// Ping asks for a round trip.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }

// ErrBehind says that `backend migrate` has to run first.
var ErrBehind = errors.New("the database's schema is older than this program: run backend migrate")

// Current asks whether the schema is the one that this binary needs, or newer.
func (s *Store) Current(ctx context.Context) error {
	all, err := migration.All()
	if err != nil {
		return err
	}
	version, err := migration.Version(ctx, s.pool)
	if err == nil && version < len(all) {
		return ErrBehind
	}
	return err
}
