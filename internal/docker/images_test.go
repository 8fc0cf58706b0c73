package docker

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/endpoint"
)

// An engine with a containerd store does not list its images while one of them is removed.
func TestImagesAreListedThoughOneIsRemovedMeanwhile(t *testing.T) {
	for _, c := range []struct {
		failures int
		want     string
	}{{0, ""}, {2, ""}, {100, "content digest sha256:0: not found"}} {
		asked := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Api-Version", "1.45")
			w.Header().Set("Content-Type", "application/json")
			if !strings.HasSuffix(r.URL.Path, "/images/json") {
				return
			}
			if asked++; asked <= c.failures {
				w.WriteHeader(http.StatusNotFound)
				_, _ = w.Write([]byte(`{"message": "content digest sha256:0: not found"}`))
				return
			}
			_, _ = w.Write([]byte(`[{"Id": "sha256:1", "RepoTags": ["shop:1"]}]`))
		}))
		t.Cleanup(server.Close)
		engine, err := Open(endpoint.Endpoint{Host: "tcp://" + server.Listener.Addr().String(), Origin: "test"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		ids, err := engine.ImageIDs(t.Context())
		switch {
		case c.want == "" && (err != nil || ids["shop:1"] != "sha256:1"):
			t.Errorf("after %d failures: %v, %v", c.failures, ids, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("of an engine that never lists them: %v", err)
		}
	}
}
