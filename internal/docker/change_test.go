package docker

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/endpoint"
)

// A container whose start nobody has waited for would run after the list of what runs is shown.
func TestAStartThatIsUnderWayIsAwaitedWhenTheRunIsInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	var runs atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.45")
		if strings.HasSuffix(r.URL.Path, "/start") {
			interrupt()
			select {
			case <-r.Context().Done(): // nobody waits
			case <-time.After(200 * time.Millisecond):
				runs.Store(true)
			}
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	t.Cleanup(server.Close)
	c, err := Open(endpoint.Endpoint{Host: "tcp://" + server.Listener.Addr().String(), Origin: "test"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(ctx, "shop-db-1"); err != nil || !runs.Load() {
		t.Errorf("runs: %t, %v", runs.Load(), err)
	}
	if err := c.Start(ctx, "shop-db-1"); err == nil {
		t.Error("a start is begun after the interruption")
	}
}
