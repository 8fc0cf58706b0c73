package commandtest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
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

// NewPluginRepository has an engine that has nothing, and enables plugins.
func NewPluginRepository(t *testing.T, plugins string) (*Repository, *Engine) {
	t.Helper()
	r, e := NewEngineRepository(t)
	r.Env = append(r.Env, "PLUGINS="+plugins)
	return r, e
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
