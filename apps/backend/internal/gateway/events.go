package gateway

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/infinitescribe/spellbook/apps/backend/internal/novel"
	"github.com/infinitescribe/spellbook/apps/backend/internal/stream"
)

// writing is how long a client may leave a line of events unread.
const writing = 10 * time.Second

// events sends what happens as Server-Sent Events. A client that names the
// last id that it saw gets first what came after it.
func (g *Gateway) events(w http.ResponseWriter, r *http.Request) {
	from := r.Header.Get("Last-Event-ID")
	if from != "" && !stream.ValidID(from) {
		g.refuse(w, http.StatusBadRequest, "Last-Event-ID should be the id of an event")
		return
	}
	// Listening comes before reading the past, so that nothing falls in between.
	live, leave := g.Hub.Listen()
	defer leave()
	out := &lines{w: w, control: http.NewResponseController(w)}
	if err := out.begin(); err != nil {
		return
	}
	last, err := g.resume(r.Context(), out, from)
	if err == nil {
		err = g.stream(r.Context(), out, live, last)
	}
	if err != nil && r.Context().Err() == nil {
		g.Log.Warn("stream of events ended", "error", err)
	}
}

// resume sends the past after an id and returns the last id sent.
func (g *Gateway) resume(ctx context.Context, out *lines, from string) (last string, err error) {
	if from == "" {
		return "0-0", nil
	}
	for {
		page, err := g.Past.Since(ctx, from)
		if err != nil || len(page) == 0 {
			return from, err
		}
		for _, e := range page {
			if err := out.event(e); err != nil {
				return from, err
			}
			from = e.ID
		}
	}
}

// stream sends what comes until the client leaves or the hub closes.
func (g *Gateway) stream(ctx context.Context, out *lines, live <-chan novel.Event, last string) error {
	beat := time.NewTicker(g.Heartbeat)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
			err = out.send(": heartbeat\n\n")
		case e, open := <-live:
			switch {
			case !open:
				return nil
			case stream.After(e.ID, last): // and not one of the past as well
				err, last = out.event(e), e.ID
			}
		}
		if err != nil {
			return err
		}
	}
}

// lines is a response of unknown length, each part of which is sent at once.
type lines struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (l *lines) begin() error {
	// The server's limit for reading requests would end the stream.
	_ = l.control.SetReadDeadline(time.Time{})
	l.w.Header().Set("Content-Type", "text/event-stream")
	l.w.Header().Set("Cache-Control", "no-store")
	l.w.Header().Set("X-Accel-Buffering", "no") // asks a proxy in between not to collect
	return l.send(": listening\n\n")
}

func (l *lines) event(e novel.Event) error {
	return l.send(fmt.Sprintf("id: %s\nevent: %s\ndata: %s\n\n", e.ID, e.Type, e.Data))
}

func (l *lines) send(text string) error {
	_ = l.control.SetWriteDeadline(time.Now().Add(writing))
	if _, err := l.w.Write([]byte(text)); err != nil {
		return err
	}
	return l.control.Flush()
}
