package gateway_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infinitescribe/spellbook/apps/backend/internal/gateway"
	"github.com/infinitescribe/spellbook/apps/backend/internal/novel"
)

// listen opens a stream of events and returns its lines as they come; it has
// been accepted when this returns.
func listen(t *testing.T, w *world, hub *gateway.Hub, last string) (lines *bufio.Scanner, closed func() bool) {
	t.Helper()
	server := httptest.NewServer(w.gateway(hub))
	t.Cleanup(server.Close)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Last-Event-ID", last)
	answer, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("got %s %v", answer.Status, answer.Header)
	}
	return bufio.NewScanner(answer.Body), func() bool {
		_, err := io.Copy(io.Discard, answer.Body)
		return err == nil
	}
}

// ids reads ids of events until there are n.
func ids(lines *bufio.Scanner, n int) (list []string) {
	for len(list) < n && lines.Scan() {
		if id, found := strings.CutPrefix(lines.Text(), "id: "); found {
			list = append(list, id)
		}
	}
	return list
}

func event(id string) novel.Event { return novel.Event{ID: id, Type: "novel.created", Data: "{}"} }

func TestAListenerGetsThePastThatItMissedAndThenThePresentOnce(t *testing.T) {
	t.Parallel()
	hub := &gateway.Hub{}
	w := &world{past: []novel.Event{event("1-0"), event("2-0"), event("3-0"), event("4-0")}}
	lines, _ := listen(t, w, hub, "1-0")
	hub.Publish(event("4-0")) // came while the past was read
	hub.Publish(event("5-0"))
	if got := ids(lines, 4); !slices.Equal(got, []string{"2-0", "3-0", "4-0", "5-0"}) {
		t.Errorf("got %q", got)
	}
}

func TestASilentStreamHasHeartbeats(t *testing.T) {
	t.Parallel()
	lines, _ := listen(t, &world{}, &gateway.Hub{}, "")
	for lines.Scan() {
		if lines.Text() == ": heartbeat" {
			return
		}
	}
	t.Error("the stream ended")
}

func TestClosingTheHubEndsStreamsOrderly(t *testing.T) {
	t.Parallel()
	hub := &gateway.Hub{}
	_, closed := listen(t, &world{}, hub, "")
	hub.Close()
	if !closed() {
		t.Error("the stream was torn")
	}
	if events, _ := hub.Listen(); !isClosed(events) {
		t.Error("a closed hub lets somebody in")
	}
}

func TestAnIDThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	answer := httptest.NewRecorder()
	request := httptest.NewRequest(http.MethodGet, "/events", http.NoBody)
	request.Header.Set("Last-Event-ID", "$")
	(&world{}).gateway(&gateway.Hub{}).ServeHTTP(answer, request)
	if answer.Code != 400 {
		t.Errorf("got %d", answer.Code)
	}
}

func TestAListenerThatIsTooSlowIsCutOffAndNobodyWaits(t *testing.T) {
	t.Parallel()
	hub := &gateway.Hub{}
	events, leave := hub.Listen()
	defer leave()
	for range 1000 {
		hub.Publish(event("1-0"))
	}
	n := 0
	for range events {
		n++
	}
	if n == 0 || n == 1000 {
		t.Errorf("%d events were kept", n)
	}
}

func isClosed(events <-chan novel.Event) bool {
	select {
	case _, open := <-events:
		return !open
	default:
		return false
	}
}

// flaky fails every other time and brings one event each time it does not.
type flaky struct {
	asked []string
	stop  func()
}

func (f *flaky) Last(context.Context) (string, error) { return "0-0", nil }

func (f *flaky) Next(_ context.Context, id string) ([]novel.Event, error) {
	f.asked = append(f.asked, id)
	switch len(f.asked) {
	case 1, 3:
		return nil, errors.New("connection lost")
	case 2:
		return []novel.Event{event("1-0")}, nil
	}
	f.stop()
	return []novel.Event{event("2-0")}, nil
}

func TestAfterAnErrorEventsGoOnWhereTheyWere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		hub, source := &gateway.Hub{}, &flaky{stop: stop}
		events, leave := hub.Listen()
		began := time.Now()
		hub.Follow(ctx, source, slog.New(slog.DiscardHandler))
		first, second := <-events, <-events
		leave()
		if !slices.Equal(source.asked, []string{"0-0", "0-0", "1-0", "1-0"}) || first.ID != "1-0" || second.ID != "2-0" {
			t.Errorf("asked %q, got %v and %v", source.asked, first, second)
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("two errors took %s", took)
		}
	})
}
