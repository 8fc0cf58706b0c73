package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/moby/moby/client"
)

// Patience is how long an engine may say nothing. Streams may be silent for as long
// as they like once they have begun.
type Patience struct {
	Notice time.Duration // until that is told, see Client.OnSilence
	Look   time.Duration // until a call that only looks is given up
	Change time.Duration // until one that changes something is; a stop's own time is added
	Remove time.Duration // until one that may remove much data is
}

// defaultPatience outlives a stall of half a minute, as of a disk or a machine
// that was suspended.
var defaultPatience = Patience{Notice: 10 * time.Second, Look: 40 * time.Second, Change: 5 * time.Minute, Remove: time.Hour}

// ErrNoEngine is in the chain of every error that means that the engine did not
// answer, or does not any more. The remedy is the engine's.
var ErrNoEngine = errors.New("the engine does not answer")

// IsLost reports whether an error is the engine's silence or end, however the
// call that met it has put it.
func IsLost(err error) bool {
	var connection *net.OpError // a pipe that breaks may as well be our own output
	return errors.Is(err, syscall.EPIPE) && errors.As(err, &connection) ||
		errors.Is(err, ErrNoEngine) || client.IsErrConnectionFailed(err) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.ECONNREFUSED)
}

// unanswered is what ends a call that took longer than it may.
type unanswered struct {
	call  string
	after time.Duration
}

func (u *unanswered) Error() string { return fmt.Sprintf("no answer to %s within %s", u.call, u.after) }

func (u *unanswered) Is(target error) bool { return target == ErrNoEngine }

// waiting is a call that has no answer yet.
type waiting struct {
	notice, end *time.Timer
	forget      func() bool // that the run's context may end
}

type waitingKey struct{}

// beginCall is called with each request: it gives the call its deadline.
func (c *Client) beginCall(r *http.Request) error {
	limit := c.patience.of(r)
	if limit == 0 {
		return nil
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	began, call := time.Now(), r.Method+" "+unversioned(r.URL.Path)
	notice := c.patience.silence(r)
	if path.Base(r.URL.Path) == "_ping" { // who pings says so himself
		notice = limit
	}
	w := &waiting{
		notice: time.AfterFunc(notice, func() { c.silentSince(began, call, notice) }),
		end:    time.AfterFunc(limit, func() { cancel(&unanswered{call, limit}) }),
	}
	w.forget = context.AfterFunc(r.Context(), func() { w.notice.Stop(); w.end.Stop() })
	*r = *r.WithContext(context.WithValue(ctx, waitingKey{}, w))
	return nil
}

// answeredCall is called when an answer begins. That of a stream has no end.
func (c *Client) answeredCall(r *http.Response) {
	c.last.Store(time.Now().UnixNano())
	if w, ok := r.Request.Context().Value(waitingKey{}).(*waiting); ok {
		w.notice.Stop()
		w.forget()
		if slices.Contains(streams, path.Base(r.Request.URL.Path)) {
			w.end.Stop()
		}
	}
}

// attach begins a command that was made, whose streams have no end of ours. The client
// leaves the deadline of beginCall aside where it takes a connection over.
func (c *Client) attach(ctx context.Context, id string, o client.ExecAttachOptions) (client.ExecAttachResult, error) {
	late := &unanswered{"POST /exec/start", c.patience.Look}
	within, cancel := context.WithCancelCause(ctx)
	end := time.AfterFunc(c.patience.Look, func() { cancel(late) })
	conn, err := c.api.ExecAttach(within, id, o)
	end.Stop() // within stays: the connection may be of a process that ends with it
	if err != nil {
		if errors.Is(context.Cause(within), late) {
			err = late
		}
		cancel(nil)
	}
	return conn, err
}

// Silent is for how long the engine has not answered; 0 where it never has.
func (c *Client) Silent() time.Duration {
	last := c.last.Load()
	if last == 0 {
		return 0
	}
	return time.Since(time.Unix(0, last))
}

// silentSince tells that nothing has come since then, once for each silence.
func (c *Client) silentSince(began time.Time, call string, notice time.Duration) {
	last := c.last.Load()
	if last > began.UnixNano() || c.told.Swap(last) == last {
		return
	}
	if tell := c.OnSilence.Load(); tell != nil {
		(*tell)(fmt.Sprintf("the Docker engine at %s has not answered for %s (%s)", c.Endpoint.Host, notice, call))
	}
}

// streams are answers that go on after they have begun, by the last word of a path.
var streams = []string{"archive", "events", "logs", "start"}

// unbounded are calls that take as long as a disk, a registry or a build does.
var unbounded = []string{"build", "get", "grpc", "images/create", "load", "push", "session"}

// unversioned is a request's path without the version of the API.
func unversioned(path string) string {
	if rest, found := strings.CutPrefix(path, "/v"); found {
		if i := strings.IndexByte(rest, '/'); i > 0 {
			return rest[i:]
		}
	}
	return path
}

// of is how long a call may take, 0 for one without a limit.
func (p Patience) of(r *http.Request) time.Duration {
	route, q := unversioned(r.URL.Path), r.URL.Query()
	looks := r.Method == http.MethodGet || r.Method == http.MethodHead || strings.HasSuffix(route, "/exec")
	ends := func(word string) bool { return strings.HasSuffix(route, "/"+word) }
	switch {
	case slices.ContainsFunc(unbounded, ends) || strings.HasPrefix(route, "/distribution/"):
		return 0
	case r.Method == http.MethodDelete && (strings.HasPrefix(route, "/volumes/") || q.Get("v") == "1"):
		return p.Remove
	case strings.HasPrefix(q.Get("t"), "-"): // a grace without an end
		return 0
	case route == "/system/df" || q.Get("size") == "1", !looks:
		return p.Change + graceOf(r)
	}
	return p.Look
}

// silence is how long a call may have no answer before that is told: an engine that waits for
// a container to end is not silent.
func (p Patience) silence(r *http.Request) time.Duration { return p.Notice + graceOf(r) }

// graceOf is how long a call may take as the container that it ends may: Docker's own 10 s
// where it does not say so.
func graceOf(r *http.Request) time.Duration {
	if word := path.Base(r.URL.Path); word != "stop" && word != "restart" {
		return 0
	}
	grace, err := strconv.Atoi(r.URL.Query().Get("t"))
	if err != nil {
		grace = 10
	}
	return time.Duration(max(0, grace)) * time.Second
}
