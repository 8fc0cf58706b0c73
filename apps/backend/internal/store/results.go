package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/infinitescribe/spellbook/apps/backend/internal/novel"
)

// Save writes a result back and counts it on its novel, once: a second result
// of the same job changes nothing. novel.ErrNotFound when the novel is gone.
func (s *Store) Save(ctx context.Context, r novel.Result) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		// A second agent with the same job waits here for the first one's commit.
		done, err := tx.Exec(ctx, `INSERT INTO results (job_id, novel_id, agent, worker, text)
			VALUES ($1, $2, $3, $4, $5) ON CONFLICT (job_id) DO NOTHING`, r.JobID, r.NovelID, r.Agent, r.Worker, r.Text)
		if err != nil || done.RowsAffected() == 0 {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE novels SET results = results + 1 WHERE id = $1", r.NovelID)
		return err
	})
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && gone(refused.Code) {
		return novel.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("store result of job %q: %w", r.JobID, err)
	}
	return nil
}

// gone: foreign_key_violation, or a novel_id that is no UUID at all.
func gone(code string) bool { return code == "23503" || code == "22P02" }
