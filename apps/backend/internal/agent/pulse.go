package agent

import (
	"net/http"
	"sync/atomic"
	"time"
)

// stale is how long ago the last turn may have ended. A turn waits a second
// for a job, and the work of the sample is short.
const stale = 15 * time.Second

// Pulse knows when an agent last came round: an agent that hangs, or that its
// dependencies fail, is not ready.
type Pulse struct {
	Now  func() time.Time
	Work time.Duration // how long a turn may take beyond the usual
	last atomic.Int64  // in nanoseconds of the Unix epoch; 0: never
}

// Beat says that a turn has ended.
func (p *Pulse) Beat() { p.last.Store(p.Now().UnixNano()) }

// Handler answers GET /ready: 200 while the agent works.
func (p *Pulse) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, _ *http.Request) {
		last := p.last.Load()
		age := p.Now().Sub(time.Unix(0, last))
		switch {
		case last == 0:
			http.Error(w, "the agent has not come round yet", http.StatusServiceUnavailable)
		case age > stale+p.Work:
			http.Error(w, "the agent has not come round for "+age.Round(time.Second).String(), http.StatusServiceUnavailable)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	})
	return mux
}
