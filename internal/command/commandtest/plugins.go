package commandtest

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
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
)

// SampleFragment is the Compose fragment of the plugin shelf.
const SampleFragment = "services:\n  shelf:\n    image: shelf:1\n"

// SampleManifest is of a plugin that has one service.
func SampleManifest() manifest.Manifest {
	return manifest.Manifest{Name: "shelf", Version: "1.0.0", APIMin: 1, APIMax: 1, Summary: "A shelf", Services: []manifest.Service{{Name: "shelf"}}}
}

// PlugFile is a binary that is in the lock, and of which the cache knows what
// it would say. Who runs it finds the file ran.
func (r *Repository) PlugFile(m manifest.Manifest, fragment string) {
	r.T.Helper()
	r.Write("bin/"+m.Name, "#!/bin/sh\ntouch '"+filepath.Join(r.Dir, "ran")+"'\n")
	sum := sumOfText(r.Read("bin/" + m.Name))
	lock, err := pluginhost.Lock{Plugins: []pluginhost.Locked{{Name: m.Name, Kind: pluginhost.Binary, Source: "bin/" + m.Name, Version: m.Version,
		SHA256: map[string]string{runtime.GOOS + "/" + runtime.GOARCH: sum}, Manifest: m.Digest(), API: fmt.Sprint(m.APIMin)}}}.Text()
	if err != nil {
		r.T.Fatal(err)
	}
	r.Write("plugins/plugins.lock", string(lock))
	r.remembered("manifests/"+sum, m)
	r.remembered("fragments/"+sumOfText(r.JSON([]any{sum, "", map[string]string{}})), map[string]any{"fragment": []byte(fragment), "diagnostics": nil})
}

// remembered is a file of the cache of plugins, which lies in this repository.
func (r *Repository) remembered(name string, value any) {
	r.Write("cache/plugins/"+name+".json", r.JSON(value))
}

// JSON is a value as a document.
func (r *Repository) JSON(value any) string {
	r.T.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		r.T.Fatal(err)
	}
	return string(text)
}

func sumOfText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// FakeEngine answers as an engine with these containers, and counts what it is
// asked; done are the requests that change something.
type FakeEngine struct {
	Containers string // JSON
	Asked      atomic.Int64
	mu         sync.Mutex
	Done       []string
}

func (e *FakeEngine) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	e.Asked.Add(1)
	w.Header().Set("Api-Version", "1.44")
	w.Header().Set("Content-Type", "application/json")
	_, path, _ := strings.Cut(strings.TrimPrefix(q.URL.Path, "/"), "/")
	switch {
	case q.Method == http.MethodPost || q.Method == http.MethodDelete:
		e.mu.Lock()
		defer e.mu.Unlock()
		e.Done = append(e.Done, q.Method+" "+path)
		w.WriteHeader(http.StatusNoContent)
	case path == "info":
		_, _ = fmt.Fprint(w, `{"ID":"fake"}`)
	case path == "containers/json":
		_, _ = fmt.Fprint(w, e.Containers)
	case path == "volumes":
		_, _ = fmt.Fprint(w, `{"Volumes":[]}`)
	case strings.HasPrefix(path, "containers/") && strings.HasSuffix(path, "/json"): // of one that was stopped
		_, _ = fmt.Fprint(w, `{"Id":"`+strings.Split(path, "/")[1]+`","State":{"Status":"exited"}}`)
	case strings.HasSuffix(path, "/json"), path == "networks":
		_, _ = fmt.Fprint(w, `[]`)
	}
}

// NewPluginRepository has an engine without containers, and enables plugins.
func NewPluginRepository(t *testing.T, plugins string) (*Repository, *FakeEngine) {
	t.Helper()
	r, e := NewRepository(t), &FakeEngine{Containers: "[]"}
	r.Env = append(r.Env, "DOCKER_HOST="+serveUnix(t, e), "SPELLBOOK_CACHE="+filepath.Join(r.Dir, "cache"), "PLUGINS="+plugins)
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

// Untouched fails the test where a plugin was launched, or the engine asked.
func (r *Repository) Untouched() {
	r.T.Helper()
	if _, err := os.Stat(filepath.Join(r.Dir, "ran")); err == nil {
		r.T.Error("the plugin was launched")
	}
}

// Queue is a plugin with a variable of each sort.
func Queue() manifest.Manifest {
	return manifest.Manifest{Name: "queue", Version: "1.0.0", Variables: []manifest.Variable{
		{Name: "QUEUE_PORT", Summary: "Port on the host [not of the container].", Type: "port", Default: "6380"},
		{Name: "QUEUE_PASSWORD", Summary: "Password of the queue", Type: "string", Required: true, Secret: true, Generate: 24},
		{Name: "QUEUE_NAMES", Summary: "Queues that are made", Type: "string", Default: "mail, print"},
		{Name: "QUEUE_MODE", Summary: "How it stores", Type: "enum fast|safe", Default: "safe"},
		{Name: "LEVEL", Summary: "Is in the template already", Default: "info"},
	}}
}
