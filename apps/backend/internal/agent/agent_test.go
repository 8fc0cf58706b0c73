package agent_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infinitescribe/spellbook/apps/backend/internal/agent"
	"github.com/infinitescribe/spellbook/apps/backend/internal/novel"
	"github.com/infinitescribe/spellbook/apps/backend/internal/stream"
)

// world is a queue and a store in one, which write down what happens.
type world struct {
	jobs  []*stream.Delivery
	save  error
	did   []string
	empty func() // called when there is no job left
}

func (w *world) Take(ctx context.Context) (*stream.Delivery, error) {
	if len(w.jobs) == 0 {
		w.empty()
		return nil, ctx.Err()
	}
	d := w.jobs[0]
	w.jobs = w.jobs[1:]
	return d, nil
}

func (w *world) Finish(_ context.Context, d stream.Delivery, _ novel.Result) error {
	w.did = append(w.did, "finish "+d.Job.ID)
	return nil
}

func (w *world) Drop(_ context.Context, d stream.Delivery) error {
	w.did = append(w.did, "drop "+d.Entry)
	return nil
}

func (w *world) Save(ctx context.Context, r novel.Result) error {
	if w.save == nil && ctx.Err() == nil {
		w.did = append(w.did, "save "+r.JobID)
	}
	return errors.Join(w.save, ctx.Err())
}

func job(id string) *stream.Delivery {
	return &stream.Delivery{Entry: "entry of " + id, Job: novel.Job{ID: id, NovelID: "n"}}
}

func (w *world) agent(work time.Duration) *agent.Agent {
	return &agent.Agent{Role: "agent-worldsmith", Worker: "a", Queue: w, Results: w, Work: work, Drain: 8 * time.Second,
		Pulse: &agent.Pulse{Now: time.Now}, Log: slog.New(slog.DiscardHandler)}
}

func TestAJobIsFinishedOnlyAfterItsResultIsStored(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	w := &world{jobs: []*stream.Delivery{job("1"), job("2")}, empty: stop}
	w.agent(0).Run(ctx)
	if want := []string{"save 1", "finish 1", "save 2", "finish 2"}; !slices.Equal(w.did, want) {
		t.Errorf("got %q", w.did)
	}
}

func TestAJobWhoseResultCouldNotBeStoredStaysInTheStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		w := &world{jobs: []*stream.Delivery{job("1")}, save: errors.New("no disk left"), empty: stop}
		w.agent(0).Run(ctx)
		if len(w.did) != 0 {
			t.Errorf("got %q", w.did)
		}
	})
}

func TestWhatIsNoJobOrHasNoNovelIsDropped(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	broken := &stream.Delivery{Entry: "broken", Err: errors.New("no JSON")}
	w := &world{jobs: []*stream.Delivery{broken, job("1")}, save: novel.ErrNotFound, empty: stop}
	w.agent(0).Run(ctx)
	if want := []string{"drop broken", "drop entry of 1"}; !slices.Equal(w.did, want) {
		t.Errorf("got %q", w.did)
	}
}

func TestTheJobInHandIsFinishedBeforeTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		w := &world{jobs: []*stream.Delivery{job("1")}, empty: func() { t.Error("a job was taken too many") }}
		w.agent(5 * time.Second).Run(ctx)
		if want := []string{"save 1", "finish 1"}; !slices.Equal(w.did, want) {
			t.Errorf("got %q", w.did)
		}
	})
}

func TestAJobThatTakesTooLongIsLeftToAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		w := &world{jobs: []*stream.Delivery{job("1")}}
		began := time.Now()
		w.agent(time.Hour).Run(ctx)
		if took := time.Since(began); len(w.did) != 0 || took != 9*time.Second {
			t.Errorf("after %s: %q", took, w.did)
		}
	})
}

func TestAnAgentIsReadyWhileItComesRound(t *testing.T) {
	t.Parallel()
	now := time.Now()
	p := &agent.Pulse{Now: func() time.Time { return now }, Work: time.Minute}
	status := func() int {
		w := httptest.NewRecorder()
		p.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/ready", http.NoBody))
		return w.Code
	}
	before := status()
	p.Beat()
	now = now.Add(74 * time.Second)
	alive := status()
	now = now.Add(2 * time.Second)
	if hung := status(); before != 503 || alive != 204 || hung != 503 {
		t.Errorf("got %d before, %d alive, %d hung", before, alive, hung)
	}
}
