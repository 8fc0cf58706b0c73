package docker

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/infinitescribe/spellbook/internal/endpoint"
)

// newTold is an engine that says what it is, and how often it was asked; with an ID of "" it
// refuses to.
func newTold(t *testing.T, id string) (open func() *Client, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.45")
		switch {
		case !strings.HasSuffix(r.URL.Path, "/info"):
			_, _ = fmt.Fprint(w, "OK")
		case id == "":
			asked.Add(1)
			http.Error(w, `{"message":"no such question"}`, http.StatusForbidden)
		default:
			asked.Add(1)
			_, _ = fmt.Fprintf(w, `{"ID":%q,"ServerVersion":"27.1.0","OSType":"linux","DriverStatus":[["driver-type","io.containerd.snapshotter.v1"]]}`, id)
		}
	}))
	t.Cleanup(server.Close)
	return func() *Client {
		c, err := Open(endpoint.Endpoint{Host: "tcp://" + server.Listener.Addr().String(), Origin: "test"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}, asked
}

func TestAnEngineIsAskedOnceWhatItIs(t *testing.T) {
	t.Parallel()
	open, asked := newTold(t, "E1")
	first, next := open(), open()
	if id, err := first.ID(t.Context()); id != "E1" || err != nil {
		t.Errorf("ID %q, %v", id, err)
	}
	next.Learn(first)
	for name, c := range map[string]*Client{"the same client": first, "one of the same engine": next} {
		info, err := c.Info(t.Context())
		several, err2 := c.MultiPlatform(t.Context())
		if id, err3 := c.ID(t.Context()); info.Version != "27.1.0" || info.APIVersion != "1.45" || info.OS != "linux" || !several || id != "E1" || err != nil || err2 != nil || err3 != nil {
			t.Errorf("%s: %+v, %v, %q; %v, %v, %v", name, info, several, id, err, err2, err3)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
}

func TestOneEngineSaysNothingOfAnother(t *testing.T) {
	t.Parallel()
	open, _ := newTold(t, "E1")
	openOther, asked := newTold(t, "E2")
	first, other := open(), openOther()
	if _, err := first.Info(t.Context()); err != nil {
		t.Fatal(err)
	}
	other.Learn(first)
	if id, err := other.ID(t.Context()); id != "E2" || err != nil || asked.Load() != 1 {
		t.Errorf("ID %q, %v, asked %d times", id, err, asked.Load())
	}
}

func TestAnEngineThatDoesNotTellIsCalledByItsAddressAndItsVersionIsAskedAgain(t *testing.T) {
	t.Parallel()
	open, asked := newTold(t, "")
	c := open()
	for range 2 {
		if id, err := c.ID(t.Context()); id != c.Endpoint.Host || err != nil {
			t.Errorf("ID %q, %v", id, err)
		}
	}
	if _, err := c.Info(t.Context()); err == nil || asked.Load() != 2 {
		t.Errorf("%v, asked %d times", err, asked.Load())
	}
}
