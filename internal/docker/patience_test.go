package docker

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestACallMayTakeAsLongAsWhatItAsksFor(t *testing.T) {
	p := Patience{Look: time.Second, Change: time.Minute, Remove: time.Hour}
	for call, want := range map[string]time.Duration{
		"GET /v1.41/containers/json":          p.Look,
		"GET /v1.41/containers/json?size=1":   p.Change,
		"POST /v1.41/containers/x/start":      p.Change,
		"POST /v1.41/containers/x/stop?t=600": p.Change + 10*time.Minute,
		"POST /v1.41/containers/x/stop?t=-1":  0,
		"DELETE /v1.41/volumes/data":          p.Remove,
		"DELETE /v1.41/containers/x?v=1":      p.Remove,
		"DELETE /v1.41/networks/x":            p.Change,
		"POST /v1.41/build":                   0,
	} {
		method, url, _ := strings.Cut(call, " ")
		r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.of(r); got != want {
			t.Errorf("%s: %s, want %s", call, got, want)
		}
	}
}
