package docker

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	cerrdefs "github.com/containerd/errdefs"

	"github.com/infinitescribe/spellbook/internal/endpoint"
)

// lagging is an engine whose container list, as that of 26.1, shows what was
// before a stop or a removal for a while after these have been answered: here for
// the next lag lists. It knows one container and refuses every other request.
type lagging struct {
	t   *testing.T
	lag int

	mu    sync.Mutex
	state string // "" once it is removed
	old   string // what lists show
	left  int    // for so many
	calls []string
}

const heldID = "0123456789ab0123456789ab0123456789ab0123456789ab0123456789ab0123"

func newLagging(t *testing.T, lag int) (*lagging, *Client) {
	t.Helper()
	l := &lagging{t: t, lag: lag, state: "running"}
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	c, err := Open(endpoint.Endpoint{Host: "tcp://" + server.Listener.Addr().String(), Origin: "test"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return l, c
}

func (l *lagging) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w.Header().Set("Api-Version", "1.45")
	_, path, found := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v"), "/")
	if !found {
		path = strings.TrimPrefix(r.URL.Path, "/")
	}
	call := r.Method + " " + strings.ReplaceAll(path, heldID, "ID")
	if path != "_ping" {
		l.calls = append(l.calls, call)
	}
	switch call {
	case "GET _ping", "HEAD _ping":
	case "GET containers/shop-db-1/json", "GET containers/ID/json", "GET containers/0123/json": // which is how its ID begins
		l.inspect(w)
	case "GET containers/json":
		l.list(w)
	case "POST containers/ID/stop":
		l.change("exited")
		w.WriteHeader(http.StatusNoContent)
	case "DELETE containers/ID":
		l.change("")
		w.WriteHeader(http.StatusNoContent)
	default:
		l.t.Errorf("unexpected request: %s %s", r.Method, r.URL)
		w.WriteHeader(http.StatusNotImplemented)
	}
}

func (l *lagging) change(state string) { l.old, l.state, l.left = l.state, state, l.lag }

func (l *lagging) inspect(w http.ResponseWriter) {
	if l.state == "" {
		w.WriteHeader(http.StatusNotFound)
		_, _ = fmt.Fprint(w, `{"message":"No such container"}`)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"Id": heldID, "Name": "/shop-db-1", "State": map[string]any{"Status": l.state}})
}

func (l *lagging) list(w http.ResponseWriter) {
	shown := l.state
	if l.left > 0 {
		l.left--
		shown = l.old
	}
	list := []map[string]any{}
	if shown != "" {
		list = append(list, map[string]any{"Id": heldID, "Names": []string{"/shop-db-1"}, "State": shown, "Labels": map[string]string{LabelProject: "shop"}})
	}
	_ = json.NewEncoder(w).Encode(list)
}

// listed are the states that one list shows.
func listed(t *testing.T, c *Client) []string {
	t.Helper()
	list, err := c.Containers(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	states := []string{}
	for _, one := range list {
		states = append(states, one.State)
	}
	return states
}

func TestAStopReturnsOnceTheContainerListKnowsOfIt(t *testing.T) {
	t.Parallel()
	for _, lag := range []int{0, 1, 5} {
		_, c := newLagging(t, lag)
		if err := c.Stop(t.Context(), "shop-db-1"); err != nil {
			t.Fatal(err)
		}
		if got := listed(t, c); !slices.Equal(got, []string{"exited"}) {
			t.Errorf("lag %d: the list shows %q", lag, got)
		}
	}
}

func TestARemovalReturnsOnceTheContainerListKnowsOfIt(t *testing.T) {
	t.Parallel()
	for _, lag := range []int{0, 1, 5} {
		_, c := newLagging(t, lag)
		if err := c.Remove(t.Context(), "shop-db-1", true); err != nil {
			t.Fatal(err)
		}
		if got := listed(t, c); len(got) != 0 {
			t.Errorf("lag %d: the list shows %q", lag, got)
		}
	}
}

// What Compose has stopped and removed is judged from the same list.
func TestAProjectIsSettledOnceItsListTellsWhatItsContainersDo(t *testing.T) {
	t.Parallel()
	for state, want := range map[string][]string{"exited": {"exited"}, "": {}} {
		l, c := newLagging(t, 3)
		l.change(state)
		c.Settle(t.Context(), "shop")
		if got := listed(t, c); !slices.Equal(got, want) {
			t.Errorf("the list shows %q, want %q", got, want)
		}
	}
}

func TestWhatIsGoneIsStoppedAndRemovedWithoutAWord(t *testing.T) {
	t.Parallel()
	l, c := newLagging(t, 0)
	l.change("")
	if err := c.Stop(t.Context(), "shop-db-1"); err != nil {
		t.Error(err)
	}
	if err := c.Remove(t.Context(), "shop-db-1", false); err != nil {
		t.Error(err)
	}
	if want := []string{"GET containers/shop-db-1/json", "GET containers/shop-db-1/json"}; !slices.Equal(l.calls, want) {
		t.Errorf("asked for %q", l.calls)
	}
}

// The engine takes a name that no container has, such as db or cafe, for the beginning of an ID.
func TestAContainerWhoseIDBeginsWithTheNameOfOneThatIsGoneIsLetBe(t *testing.T) {
	t.Parallel()
	l, c := newLagging(t, 0)
	if err := errors.Join(c.Stop(t.Context(), "0123"), c.Remove(t.Context(), "0123", true)); err != nil {
		t.Error(err)
	}
	for what, err := range map[string]error{"start": c.Start(t.Context(), "0123"), "rename": c.Rename(t.Context(), "0123", "db")} {
		if !cerrdefs.IsNotFound(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if got := listed(t, c); !slices.Equal(got, []string{"running"}) {
		t.Errorf("the other one is %q after %q", got, l.calls)
	}
}
