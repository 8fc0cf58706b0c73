package gateway_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/apps/backend/internal/gateway"
	"github.com/infinitescribe/spellbook/apps/backend/internal/health"
	"github.com/infinitescribe/spellbook/apps/backend/internal/novel"
)

var errDown = errors.New("canary: connection to 10.0.0.1 refused")

// world is all that a gateway speaks to, in memory.
type world struct {
	novels    []novel.Novel
	kept      []byte
	past      []novel.Event
	announced int
	store     error
	cache     error
}

func (w *world) Create(_ context.Context, d novel.Draft) (novel.Novel, error) {
	n := novel.Novel{ID: "id", Title: d.Title, Genre: d.Genre}
	if w.store == nil {
		w.novels = append(w.novels, n)
	}
	return n, w.store
}

func (w *world) Find(_ context.Context, id string) (novel.Novel, []novel.Result, error) {
	for _, n := range w.novels {
		if n.ID == id {
			return n, []novel.Result{{JobID: "job"}}, w.store
		}
	}
	return novel.Novel{}, nil, errors.Join(novel.ErrNotFound, w.store)
}

func (w *world) Since(_ context.Context, id string) (list []novel.Event, err error) {
	for _, e := range w.past {
		if e.ID > id && len(list) < 2 { // two a page; ids of the tests have one digit
			list = append(list, e)
		}
	}
	return list, nil
}

// shelf is the cache of a world: both have a List.
type shelf struct{ *world }

func (s shelf) List(context.Context) (string, []byte, error) { return "1", s.kept, s.cache }

func (s shelf) Keep(_ context.Context, _ string, list []byte) error {
	s.kept = list
	return s.cache
}

func (s shelf) Invalidate(context.Context) error {
	if s.cache == nil {
		s.kept = nil
	}
	return s.cache
}

func (w *world) List(context.Context) ([]novel.Novel, error) { return w.novels, w.store }

func (w *world) gateway(hub *gateway.Hub) http.Handler {
	log := slog.New(slog.DiscardHandler)
	check := func(name string, err *error) health.Check {
		return health.Check{Name: name, Ask: func(context.Context) error { return *err }}
	}
	store, cache := check("postgres", &w.store), check("redis", &w.cache)
	return (&gateway.Gateway{
		Novels: w, Cache: shelf{w}, Past: w, Hub: hub,
		Announce:  func(context.Context) error { w.announced++; return w.cache },
		Health:    health.Prober{Checks: []health.Check{store, cache}, Now: time.Now, Log: log},
		Ready:     health.Prober{Checks: []health.Check{store}, Now: time.Now, Log: log},
		Heartbeat: 20 * time.Millisecond, Log: log,
	}).Handler()
}

// call sends one request and returns status, body and headers.
func (w *world) call(t *testing.T, method, path, body string) (int, string, http.Header) {
	t.Helper()
	answer := httptest.NewRecorder()
	w.gateway(&gateway.Hub{}).ServeHTTP(answer, httptest.NewRequest(method, path, strings.NewReader(body)))
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.Code, string(text), answer.Header()
}
