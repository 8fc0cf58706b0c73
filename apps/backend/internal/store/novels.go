package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/infinitescribe/spellbook/apps/backend/internal/novel"
)

const columns = "id, title, genre, results, created_at"

// shown is how many novels a list has at most.
const shown = 100

// Create stores a novel.
func (s *Store) Create(ctx context.Context, d novel.Draft) (novel.Novel, error) {
	rows, _ := s.pool.Query(ctx, "INSERT INTO novels (title, genre) VALUES ($1, $2) RETURNING "+columns, d.Title, d.Genre)
	n, err := pgx.CollectExactlyOneRow(rows, scan) // has the error of the query as well
	if err != nil {
		return novel.Novel{}, fmt.Errorf("store novel: %w", err)
	}
	return n, nil
}

// List has the newest hundred, newest first; an empty list is not nil.
func (s *Store) List(ctx context.Context) ([]novel.Novel, error) {
	rows, _ := s.pool.Query(ctx, "SELECT "+columns+" FROM novels ORDER BY created_at DESC, id LIMIT $1", shown)
	list, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("list novels: %w", err)
	}
	return list, nil
}

// Find returns a novel and its results; novel.ErrNotFound for an unknown id.
func (s *Store) Find(ctx context.Context, id string) (novel.Novel, []novel.Result, error) {
	rows, _ := s.pool.Query(ctx, "SELECT "+columns+" FROM novels WHERE id::text = $1", id)
	n, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return n, nil, novel.ErrNotFound
	}
	if err != nil {
		return n, nil, fmt.Errorf("find novel: %w", err)
	}
	rows, _ = s.pool.Query(ctx, "SELECT job_id, novel_id, agent, worker, text, created_at FROM results WHERE novel_id = $1 ORDER BY agent", n.ID)
	results, err := pgx.CollectRows(rows, pgx.RowToStructByPos[novel.Result])
	if err != nil {
		return n, nil, fmt.Errorf("list results: %w", err)
	}
	return n, results, nil
}

// Announce calls publish for each novel that nobody announced yet, and
// records what was published. A novel whose record fails is published again
// later, so publish has to bear that. Callers at once share the novels.
func (s *Store) Announce(ctx context.Context, publish func(context.Context, novel.Novel) error) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, "SELECT "+columns+` FROM novels WHERE announced_at IS NULL
			ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED`, shown)
		waiting, err := pgx.CollectRows(rows, scan)
		if err != nil {
			return err
		}
		for _, n := range waiting {
			if err := publish(ctx, n); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "UPDATE novels SET announced_at = now() WHERE id = $1", n.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("announce novels: %w", err)
	}
	return nil
}

func scan(row pgx.CollectableRow) (n novel.Novel, err error) {
	return n, row.Scan(&n.ID, &n.Title, &n.Genre, &n.Done, &n.CreatedAt)
}
