// Package gateway is the HTTP API: health, novels, and the stream of events.
package gateway

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/infinitescribe/spellbook/apps/backend/internal/health"
	"github.com/infinitescribe/spellbook/apps/backend/internal/novel"
)

// patience is how long a request other than for events may take.
const patience = 10 * time.Second

// Novels is where they are stored.
type Novels interface {
	Create(context.Context, novel.Draft) (novel.Novel, error)
	List(context.Context) ([]novel.Novel, error)
	Find(ctx context.Context, id string) (novel.Novel, []novel.Result, error)
}

// Cache keeps the list of novels under a version; see stream.Client.
type Cache interface {
	List(context.Context) (version string, list []byte, err error)
	Keep(ctx context.Context, version string, list []byte) error
	Invalidate(context.Context) error
}

// Past has the events after an id, a page at a time.
type Past interface {
	Since(ctx context.Context, id string) ([]novel.Event, error)
}

// Gateway answers requests.
type Gateway struct {
	Novels Novels
	Cache  Cache
	Past   Past
	Hub    *Hub
	// Announce tells agents and listeners of new novels.
	Announce  func(context.Context) error
	Health    health.Prober // all dependencies
	Ready     health.Prober // those without which no request is answered
	Heartbeat time.Duration // between comments in a silent stream of events
	Log       *slog.Logger
}

// Handler routes the API.
func (g *Gateway) Handler() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, f http.HandlerFunc) { mux.Handle(pattern, limited(f)) }
	handle("GET /health", g.probe(g.Health))
	handle("GET /ready", g.probe(g.Ready))
	handle("POST /novels", g.create)
	handle("GET /novels", g.list)
	handle("GET /novels/{id}", g.show)
	mux.HandleFunc("GET /events", g.events)
	return mux
}

// limited ends the context of a request that takes too long.
func limited(f http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		f(w, r.WithContext(ctx))
	})
}

func (g *Gateway) probe(p health.Prober) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		states, up := p.Probe(r.Context())
		answer := struct {
			Status       string                  `json:"status"`
			Dependencies map[string]health.State `json:"dependencies"`
		}{"up", states}
		status := http.StatusOK
		if !up {
			answer.Status, status = "down", http.StatusServiceUnavailable
		}
		g.write(w, status, answer)
	}
}

// write sends a value as JSON; what cannot be sent has nobody left to read it.
func (g *Gateway) write(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(value); err != nil {
		g.Log.Debug("answer was not sent", "error", err)
	}
}

// refuse sends an error that the client can do something about.
func (g *Gateway) refuse(w http.ResponseWriter, status int, why string) {
	g.write(w, status, map[string]string{"error": why})
}

// fail logs an error and tells the client only that there was one.
func (g *Gateway) fail(w http.ResponseWriter, r *http.Request, err error) {
	g.Log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	g.refuse(w, http.StatusServiceUnavailable, "the service cannot answer now, try again")
}
