package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// lagging stands before the engine and answers in the order of engine 26: a
// container that has been stopped is listed as it was before, in the lists that
// come next. Everything else is the engine's own.
type lagging struct {
	behind http.Handler
	mu     sync.Mutex
	old    map[string]*glimpse // by the container's ID
	shown  int                 // how often a list was behind
}

// glimpse is a container as lists go on showing it.
type glimpse struct {
	state, status string
	left          int
}

// lag is how many lists are behind: more than any target takes at once.
const lag = 12

var stops = regexp.MustCompile(`^/v[\d.]+/containers/([^/]+)/stop$`)

var lists = regexp.MustCompile(`^/v[\d.]+/containers/json$`)

// newLagging returns the DOCKER_HOST of such an engine.
func newLagging(t *testing.T, socket string) (*lagging, string) {
	t.Helper()
	engine := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "docker"})
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	engine.Transport, engine.FlushInterval = &http.Transport{DialContext: dial}, -1
	l := &lagging{behind: engine, old: map[string]*glimpse{}}
	dir, err := os.MkdirTemp("", "sbtest-") //nolint:usetesting // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(dir, "docker.sock"))
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: l}}
	server.Start()
	t.Cleanup(func() { server.CloseClientConnections(); server.Close(); _ = os.RemoveAll(dir) })
	return l, "unix://" + filepath.Join(dir, "docker.sock")
}

func (l *lagging) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch stop := stops.FindStringSubmatch(r.URL.Path); {
	case stop != nil:
		l.stop(w, r, stop[1])
	case lists.MatchString(r.URL.Path):
		l.list(w, r)
	default:
		l.behind.ServeHTTP(w, r)
	}
}

// stop answers once the engine has, and has lists behind from then on.
func (l *lagging) stop(w http.ResponseWriter, r *http.Request, name string) {
	seen := l.ask(r, "/containers/json?all=1")
	l.behind.ServeHTTP(w, r)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range seen {
		if id, _ := c["Id"].(string); id == name || l.named(c, name) {
			state, _ := c["State"].(string)
			status, _ := c["Status"].(string)
			l.old[id] = &glimpse{state: state, status: status, left: lag}
		}
	}
}

func (l *lagging) named(c map[string]any, name string) bool {
	names, _ := c["Names"].([]any)
	return len(names) > 0 && names[0] == "/"+name
}

// ask is a list of the engine's own.
func (l *lagging) ask(r *http.Request, path string) (list []map[string]any) {
	ask := httptest.NewRequestWithContext(r.Context(), http.MethodGet, path, nil)
	got := httptest.NewRecorder()
	l.behind.ServeHTTP(got, ask)
	_ = json.Unmarshal(got.Body.Bytes(), &list)
	return list
}

func (l *lagging) list(w http.ResponseWriter, r *http.Request) {
	got := httptest.NewRecorder()
	l.behind.ServeHTTP(got, r)
	body := got.Body.Bytes()
	var list []map[string]any
	if json.Unmarshal(body, &list) == nil {
		l.mu.Lock()
		for _, c := range list {
			id, _ := c["Id"].(string)
			if g := l.old[id]; g != nil && g.left > 0 && c["State"] == "exited" {
				g.left--
				l.shown++
				c["State"], c["Status"] = g.state, g.status
			}
		}
		l.mu.Unlock()
		body, _ = json.Marshal(list)
	}
	for name, values := range got.Header() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(got.Code)
	_, _ = io.Copy(w, bytes.NewReader(body))
}

func TestNoPlanIsMadeFromAListThatIsBehindWhatWeHaveDone(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Pair)
	l, host := newLagging(t, s.Socket())
	s.Env = append(s.Env, "DOCKER_HOST="+host)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.circle(0)
	s.Run(func(ctx context.Context, w *app.Run) error { return infra.Recreate(ctx, w, []string{"db"}) }).Want(t, failure.OK)
	s.Running(2)
	if l.shown == 0 {
		t.Error("no list was behind")
	}
	s.Down(infra.DownOptions{}).Want(t, failure.OK)
	if left := s.Belongings(); left != "" {
		t.Errorf("left:\n%s", left)
	}
}
