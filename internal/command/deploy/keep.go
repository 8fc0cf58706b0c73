package deploy

import (
	"context"
	"fmt"
	"slices"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/logs"
	"github.com/infinitescribe/spellbook/internal/observe"
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
	for _, c := range r.seen.containers[release] {
		lines, err := r.lastLines(ctx, c, keptLines)
		if err == nil && len(lines) > 0 {
			err = r.store.KeepLog(ctx, release, logName(c), logs.Encode(lines, keptBytes))
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

// lastLines are the last n of a container's log.
func (o *operation) lastLines(ctx context.Context, c observe.Container, n int) ([]logs.Line, error) {
	var lines []logs.Line
	err := o.engine.Logs(ctx, c.ID, docker.LogOptions{Tail: n}, func(got docker.LogLine) error {
		lines = append(lines, logs.Line{Time: got.Time, Text: got.Text, Stderr: got.Stderr})
		return nil
	})
	return lines, err
}

// lastWords are what a container that has ended said last, for its error.
func (o *operation) lastWords(ctx context.Context, c observe.Container) []string {
	lines, _ := o.lastLines(ctx, c, 10)
	var words []string
	for _, line := range lines {
		words = append(words, logName(c)+" | "+line.Text)
	}
	return words
}

// logName is what the lines of a container of a release begin with, however many
// there are of its service: also the name of the file that keeps them.
func logName(c observe.Container) string {
	if c.Number > 1 {
		return fmt.Sprintf("%s-%d", c.Labels[deploy.LabelService], c.Number)
	}
	return c.Labels[deploy.LabelService]
}

// tidyLogs says what could not be kept, and forgets the logs of releases that
// failed but for the last few. Those of a release that is kept go with it.
func (r *rollout) tidyLogs() error {
	for _, text := range r.unkept {
		_, _ = fmt.Fprintln(r.run.Err, "warning:", text)
	}
	r.unkept = nil
	logged, err := r.store.Logged()
	if err != nil {
		return err
	}
	failed := slices.DeleteFunc(logged, r.keeps)
	for _, id := range failed[min(len(failed), r.settings.Keep):] {
		if err := r.store.RemoveLogs(id); err != nil {
			return err
		}
	}
	return nil
}

// whereLogs says how to read what a release that failed has logged.
func (r *rollout) whereLogs() string {
	return fmt.Sprintf("what it logged: mage deploy:logs %s -release=%s", r.Project.Env, r.release.ID)
}
