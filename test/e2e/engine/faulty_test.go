package engine_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// faulty stands before the engine, for every client and for Compose: it stops
// answering, or is gone with the call that it is told of, as an engine that is
// killed in the middle.
type faulty struct {
	behind  http.Handler
	path    string
	fatal   atomic.Pointer[regexp.Regexp] // of "METHOD path", by which it dies
	answers atomic.Pointer[regexp.Regexp] // of those that are answered; nil: all

	mu     sync.Mutex
	server *httptest.Server
}

// newFaulty has s reach its engine through one.
func newFaulty(t *testing.T, s *stack) *faulty {
	t.Helper()
	engine := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "docker"})
	socket := s.Socket()
	engine.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	engine.FlushInterval = -1
	engine.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	dir, err := os.MkdirTemp("", "sbtest-") //nolint:usetesting // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	f := &faulty{behind: engine, path: filepath.Join(dir, "docker.sock")}
	f.revive(t)
	t.Cleanup(func() { f.die(); _ = os.RemoveAll(dir) })
	s.Env = append(s.Env, "DOCKER_HOST=unix://"+f.path)
	return f
}

// revive has it listen, answer everything and fear nothing.
func (f *faulty) revive(t *testing.T) {
	t.Helper()
	f.fatal.Store(nil)
	f.answers.Store(nil)
	listener, err := net.Listen("unix", f.path)
	if err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.server = &httptest.Server{Listener: listener, Config: &http.Server{Handler: f}}
	f.server.Start()
}

// die closes every connection; nobody listens from then on.
func (f *faulty) die() {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.server.Listener.Close()
	f.server.CloseClientConnections()
}

func (f *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := r.Method + " " + r.URL.Path
	if fatal := f.fatal.Load(); fatal != nil && fatal.MatchString(call) {
		f.die()
		panic(http.ErrAbortHandler)
	}
	if answers := f.answers.Load(); answers != nil && !answers.MatchString(call) {
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
	f.behind.ServeHTTP(w, r)
}

// loggedByEngine is a pair whose logs are not in files that are read without the engine.
var loggedByEngine = strings.ReplaceAll(stacktest.Pair, "stop_grace_period: 1s", "stop_grace_period: 1s, logging: {driver: local}")

// An engine that is lost in the middle is one error: at what, what was done, how to go
// on. Nothing is told of services that nobody can see.
func TestAnEngineThatIsLostInTheMiddleIsToldAsThat(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		up    bool // before it
		fatal string
		args  []string
		want  []string
	}{
		"at a start":                 {false, `^POST .*/containers/[^/]+/start$`, []string{"infra:up"}, []string{"was lost while: start service db", "done before that: create containers"}},
		"while Compose creates":      {false, `^POST .*/containers/create$`, []string{"infra:up"}, []string{"was lost while: create containers", "nothing was done before that"}},
		"while a service gets ready": {false, `^POST .*/containers/[^/]+/exec$`, []string{"infra:up"}, []string{"was lost while: await", "start service db"}},
		"at a stop":                  {true, `^POST .*/containers/[^/]+/stop$`, []string{"infra:down"}, []string{"was lost while: stop"}},
		"at a removal":               {true, `^DELETE .*/containers/`, []string{"infra:down"}, []string{"was lost while: remove", "done before that: stop"}},
		"at a stop of infra:stop":    {true, `^POST .*/containers/[^/]+/stop$`, []string{"infra:stop"}, []string{"was lost while: stop"}},
		"at a list":                  {true, `^GET .*/containers/json$`, []string{"infra:status"}, []string{"does not answer any more"}},
		"at the log":                 {true, `^GET .*/logs$`, []string{"infra:logs"}, []string{"does not answer any more"}},
		"at a followed log":          {true, `^GET .*/logs$`, []string{"infra:logs", "-follow"}, []string{"does not answer any more"}},
		"at a measurement":           {true, `^GET .*/stats$`, []string{"infra:stats"}, []string{"does not answer any more"}},
		"at a command":               {true, `^POST .*/exec/[^/]+/start$`, []string{"infra:exec", "db", "/service health"}, []string{"does not answer any more"}},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			s := newStack(t, loggedByEngine)
			f := newFaulty(t, s)
			if c.up {
				s.mage(0, "infra:up")
			}
			f.fatal.Store(regexp.MustCompile(c.fatal))
			out := s.mage(3, c.args...)
			for _, text := range append(c.want, "→ docker version tells when it is back; then") {
				if strings.Count(out, text) != 1 {
					t.Errorf("want %q once in\n%s", text, out)
				}
			}
			for _, text := range []string{"not ready", "absent", "log is empty"} {
				if strings.Contains(out, text) {
					t.Errorf("%q is told, of what nobody can see:\n%s", text, out)
				}
			}
			f.revive(t)
			if code, out := s.Exec("docker", "version"); code != 0 { // as the hint says
				t.Errorf("docker version: exit code %d\n%s", code, out)
			}
			if c.args[0] != "infra:logs" {
				s.mage(0, c.args...)
			}
		})
	}
}

// mage wants an exit code and returns what is told.
func (s *stack) mage(want int, args ...string) string {
	s.T.Helper()
	code, out := s.Exec(stacktest.Binary(s.T), args...)
	if code != want {
		s.T.Fatalf("%v: exit code %d, want %d\n%s", args, code, want, out)
	}
	return out
}

// A call that gets no answer is told of after ten seconds, and ends: an engine that
// hangs answers a ping, and perhaps what is looked up first.
func TestAnEngineThatHangsIsToldAndGivenUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers string
		calls   [][]string
	}{
		"at the first call": {`/_ping$`, [][]string{{"infra:status"}, {"infra:status", "-json"}, {"clean:containers", "-yes"}, {"infra:down"}, {"infra:up", "-dry"}}},
		"at a later one":    {`/_ping$|/info$|/containers/json$|/networks$|/volumes$|/containers/[^/]+/json$`, [][]string{{"infra:logs"}, {"infra:stats"}, {"infra:exec", "db", "x"}}},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			s := newStack(t, loggedByEngine)
			f := newFaulty(t, s)
			s.mage(0, "infra:up")
			f.answers.Store(regexp.MustCompile(c.answers))
			stacktest.AtOnce(len(c.calls), func(i int) {
				began := time.Now()
				code, out := s.Exec(stacktest.Binary(t), c.calls[i]...)
				if took := time.Since(began); code != 3 || took > time.Minute {
					t.Errorf("%v: exit code %d after %s, want 3 and soon", c.calls[i], code, took)
				}
				for _, text := range []string{"has not answered for 10s (", "does not answer any more: no answer to ", "→ docker version tells"} {
					if !strings.Contains(out, text) {
						t.Errorf("%v: want %q in\n%s", c.calls[i], text, out)
					}
				}
			})
		})
	}
}

// -timeout bounds the whole run, and what passed before anything was begun is no
// failure of a service.
func TestTheTimeoutBoundsWhatComesBeforeTheFirstStep(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"infra:up", "-timeout=12s"}, {"infra:up", "-timeout=12s", "-json"}} {
		s := newStack(t, loggedByEngine)
		f := newFaulty(t, s)
		stacktest.Binary(t) // which may have to be compiled first
		f.answers.Store(regexp.MustCompile(`/_ping$`))
		began := time.Now()
		out := s.mage(3, args...)
		if took := time.Since(began); took < 12*time.Second || took > 15*time.Second {
			t.Errorf("it took %s\n%s", took, out)
		}
		for _, text := range []string{"nothing was begun within 12s", "has not answered for 1"} {
			if !strings.Contains(out, text) {
				t.Errorf("want %q in\n%s", text, out)
			}
		}
		f.die()
		f.revive(t)
		s.mage(0, "infra:up") // as the hint says
	}
}
