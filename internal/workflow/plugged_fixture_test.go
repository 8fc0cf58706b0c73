package workflow

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/infinitescribe/spellbook/internal/pluginhost"
)

const shelfFragment = "services:\n  shelf:\n    image: shelf:1\n"

// shelfManifest is of a plugin that has one service.
func shelfManifest() pluginhost.Manifest {
	return pluginhost.Manifest{Name: "shelf", Version: "1.0.0", APIMin: 1, APIMax: 1, Summary: "A shelf", Services: []pluginhost.Service{{Name: "shelf"}}}
}

// plugFile is a binary that is in the lock, and of which the cache knows what
// it would say. Who runs it finds the file ran.
func (r *envRepository) plugFile(m pluginhost.Manifest, fragment string) {
	r.t.Helper()
	r.write("bin/"+m.Name, "#!/bin/sh\ntouch '"+filepath.Join(r.dir, "ran")+"'\n")
	sum := sumOfText(r.read("bin/" + m.Name))
	lock, err := pluginhost.Lock{Plugins: []pluginhost.Locked{{Name: m.Name, Kind: pluginhost.Binary, Source: "bin/" + m.Name, Version: m.Version,
		SHA256: map[string]string{runtime.GOOS + "/" + runtime.GOARCH: sum}, Manifest: m.Digest(), API: fmt.Sprint(m.APIMin)}}}.Text()
	if err != nil {
		r.t.Fatal(err)
	}
	r.write("plugins/plugins.lock", string(lock))
	r.remembered("manifests/"+sum, m)
	r.remembered("fragments/"+sumOfText(r.json([]any{sum, "", map[string]string{}})), map[string]any{"fragment": []byte(fragment), "diagnostics": nil})
}

// remembered is a file of the cache of plugins, which lies in this repository.
func (r *envRepository) remembered(name string, value any) {
	r.write("cache/plugins/"+name+".json", r.json(value))
}

func (r *envRepository) json(value any) string {
	r.t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}

func sumOfText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// fakeEngine answers as an engine with these containers, and counts what it is
// asked; done are the requests that change something.
type fakeEngine struct {
	containers string // JSON
	asked      atomic.Int64
	mu         sync.Mutex
	done       []string
}

func (e *fakeEngine) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	e.asked.Add(1)
	w.Header().Set("Api-Version", "1.44")
	w.Header().Set("Content-Type", "application/json")
	_, path, _ := strings.Cut(strings.TrimPrefix(q.URL.Path, "/"), "/")
	switch {
	case q.Method == http.MethodPost || q.Method == http.MethodDelete:
		e.mu.Lock()
		defer e.mu.Unlock()
		e.done = append(e.done, q.Method+" "+path)
		w.WriteHeader(http.StatusNoContent)
	case path == "info":
		_, _ = fmt.Fprint(w, `{"ID":"fake"}`)
	case path == "containers/json":
		_, _ = fmt.Fprint(w, e.containers)
	case path == "volumes":
		_, _ = fmt.Fprint(w, `{"Volumes":[]}`)
	case strings.HasPrefix(path, "containers/") && strings.HasSuffix(path, "/json"): // of one that was stopped
		_, _ = fmt.Fprint(w, `{"Id":"`+strings.Split(path, "/")[1]+`","State":{"Status":"exited"}}`)
	case strings.HasSuffix(path, "/json"), path == "networks":
		_, _ = fmt.Fprint(w, `[]`)
	}
}

// newPluggedRepository has an engine without containers, and enables plugins.
func newPluggedRepository(t *testing.T, plugins string) (*envRepository, *fakeEngine) {
	t.Helper()
	r, e := newEnvRepository(t), &fakeEngine{containers: "[]"}
	r.env = append(r.env, "DOCKER_HOST="+serveUnix(t, e), "SPELLBOOK_CACHE="+filepath.Join(r.dir, "cache"), "PLUGINS="+plugins)
	return r, e
}

// serveUnix is the address of an engine on this machine, whose paths are ours.
func serveUnix(t *testing.T, engine http.Handler) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sbtest-") //nolint:usetesting // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(dir, "engine.sock"))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(engine)
	_ = server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(func() {
		server.Close()
		_ = os.RemoveAll(dir)
	})
	return "unix://" + filepath.Join(dir, "engine.sock")
}

// untouched: nothing was launched.
func (r *envRepository) untouched() {
	r.t.Helper()
	if _, err := os.Stat(filepath.Join(r.dir, "ran")); err == nil {
		r.t.Error("the plugin was launched")
	}
}
