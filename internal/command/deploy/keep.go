package deploy

import (
	"context"
	"fmt"
	"slices"

	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/logs"
)

// What is kept of a container's log.
const (
	keptLines = 1000
	keptBytes = 1 << 20
)

// KeepLogs is part of execute's deployer: what the containers of a release logged
// last stays on the server when they go. A log that cannot be read or written is
// told, and keeps no container from going.
func (r *rollout) KeepLogs(ctx context.Context, release string) error {
	for _, c := range r.Seen.Containers[release] {
		lines, err := r.LastLines(ctx, c, keptLines)
		if err == nil && len(lines) > 0 {
			err = r.Store.KeepLog(ctx, release, remote.LogName(c), logs.Encode(lines, keptBytes))
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			r.unkept = append(r.unkept, fmt.Sprintf("the log of %s is not kept: %v", c.Name, err))
		}
	}
	return nil
}

// tidyLogs says what could not be kept, and forgets the logs of releases that
// failed but for the last few. Those of a release that is kept go with it.
func (r *rollout) tidyLogs() error {
	for _, text := range r.unkept {
		r.Run.Tell("warning: %s", text)
	}
	r.unkept = nil
	logged, err := r.Store.Logged()
	if err != nil {
		return err
	}
	failed := slices.DeleteFunc(logged, r.keeps)
	for _, id := range failed[min(len(failed), r.Settings.Keep):] {
		if err := r.Store.RemoveLogs(id); err != nil {
			return err
		}
	}
	return nil
}

// whereLogs says how to read what a release that failed has logged, if it has.
func (r *rollout) whereLogs() []string {
	logged, err := r.Store.Logged()
	if err != nil || !slices.Contains(logged, r.release.ID) {
		return nil
	}
	return []string{fmt.Sprintf("what it logged: mage deploy:logs %s -release=%s", r.Project.Env, r.release.ID)}
}
