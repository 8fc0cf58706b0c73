// Package main is the lab's stand-in for Prefect's server: its two commands
// that the plugin's services run, on a real PostgreSQL, and the part of its API
// that the plugin uses. It imports pgx alone besides the standard library.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// version is what the API says; a real one has no such ending.
const version = "3.4.25+lab"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, strings.Join(os.Args[1:], " "))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "lab-prefect:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, line string) error {
	switch {
	case strings.HasPrefix(line, "server database upgrade"):
		return withDatabase(ctx, upgrade)
	case strings.HasPrefix(line, "server start"):
		if err := withDatabase(ctx, migrated); err != nil {
			return err
		}
		return serve(ctx)
	}
	return fmt.Errorf("unknown command %q", line)
}

// withDatabase connects as Prefect is told to.
func withDatabase(ctx context.Context, do func(context.Context, *pgx.Conn) error) error {
	address := strings.Replace(os.Getenv("PREFECT_API_DATABASE_CONNECTION_URL"), "+asyncpg", "", 1)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return errors.New("the database does not answer") // the error may show the password
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return do(ctx, conn)
}

func upgrade(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "create table if not exists alembic_version (version_num text primary key)")
	if err == nil {
		_, err = conn.Exec(ctx, "insert into alembic_version values ('lab') on conflict do nothing")
	}
	return err
}

// migrated fails before the upgrade.
func migrated(ctx context.Context, conn *pgx.Conn) error {
	var n int
	if err := conn.QueryRow(ctx, "select count(*) from alembic_version").Scan(&n); err != nil {
		return fmt.Errorf("the database is not migrated: %w", err)
	}
	return nil
}

func serve(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/health", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, true) })
	mux.HandleFunc("GET /api/admin/version", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, version) })
	mux.HandleFunc("GET /api/ready", func(w http.ResponseWriter, r *http.Request) {
		if err := withDatabase(r.Context(), migrated); err != nil {
			answer(w, http.StatusServiceUnavailable, map[string]string{"message": "Database is not available"})
			return
		}
		answer(w, http.StatusOK, map[string]string{"message": "OK"})
	})
	server := &http.Server{Addr: ":4200", Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func answer(w http.ResponseWriter, code int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(value) // the client is gone otherwise
}
