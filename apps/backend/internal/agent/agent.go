// Package agent consumes jobs and writes their results back, each once.
//
// A job is delivered at least once: the stream keeps it until it is finished,
// and gives it to another agent when one dies with it. Its result is stored
// under the job's id, so that a second delivery changes nothing, and only
// after that commit is the job taken out of the stream.
package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/infinitescribe/spellbook/apps/backend/internal/novel"
	"github.com/infinitescribe/spellbook/apps/backend/internal/stream"
)

// Queue brings jobs; see stream.Queue.
type Queue interface {
	Take(context.Context) (*stream.Delivery, error)
	Finish(context.Context, stream.Delivery, novel.Result) error
	Drop(context.Context, stream.Delivery) error
}

// Results is where they are written back to.
type Results interface {
	Save(context.Context, novel.Result) error
}

// Agent works on one job at a time.
type Agent struct {
	Role    string
	Worker  string // the name among agents of the role
	Queue   Queue
	Results Results
	Work    time.Duration // how long the work takes
	Drain   time.Duration // how long the job in hand may take when the agent has to end
	Pulse   *Pulse
	Log     *slog.Logger
}

// Run works until ctx ends, and then finishes the job in hand. A job that
// cannot be finished in time is left for another agent.
func (a *Agent) Run(ctx context.Context) {
	hand, drop := context.WithCancel(context.WithoutCancel(ctx))
	defer drop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(a.Drain, drop) })()
	for ctx.Err() == nil {
		if err := a.turn(ctx, hand); err != nil {
			a.Log.Error("turn failed", "error", err)
			pause(ctx, time.Second)
			continue
		}
		a.Pulse.Beat()
	}
}

// turn takes a job, if there is one, and does it.
func (a *Agent) turn(ctx, hand context.Context) error {
	d, err := a.Queue.Take(hand) // not ctx: a job that was taken is not to be forgotten
	if err != nil || d == nil {
		return err
	}
	if d.Err != nil {
		a.Log.Error("job is dropped", "entry", d.Entry, "error", d.Err)
		return a.Queue.Drop(hand, *d)
	}
	if ctx.Err() != nil {
		a.Log.Info("job is left to another agent", "job", d.Job.ID)
		return nil
	}
	return a.do(hand, *d)
}

func (a *Agent) do(ctx context.Context, d stream.Delivery) error {
	if pause(ctx, a.Work); ctx.Err() != nil {
		return fmt.Errorf("work on job %q: %w", d.Job.ID, ctx.Err())
	}
	r := novel.Result{JobID: d.Job.ID, NovelID: d.Job.NovelID, Agent: a.Role, Worker: a.Worker, Text: Write(a.Role, d.Job.Title)}
	err := a.Results.Save(ctx, r)
	if errors.Is(err, novel.ErrNotFound) {
		a.Log.Warn("job is dropped", "job", d.Job.ID, "error", err)
		return a.Queue.Drop(ctx, d)
	}
	if err != nil {
		return err
	}
	a.Log.Info("job is done", "job", d.Job.ID)
	return a.Queue.Finish(ctx, d, r)
}

// Write is the sample's work: a line about the novel, as the role sees it.
func Write(role, title string) string {
	if role == "agent-worldsmith" {
		return fmt.Sprintf("The world of %q: an archipelago above the clouds, where maps are forbidden.", title)
	}
	return fmt.Sprintf("The plot of %q: a cartographer is arrested, and escapes with the last map.", title)
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
