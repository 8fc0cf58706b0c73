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

// Docker 20.10 refuses to measure while it does so for somebody else, as for
// docker system df in another terminal.
func TestAMeasurementWaitsForSomebodyElses(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.41")
		w.Header().Set("Content-Type", "application/json")
		switch {
		case !strings.HasSuffix(r.URL.Path, "/system/df"):
		case calls.Add(1) < 3:
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = fmt.Fprint(w, `{"message":"a disk usage operation is already running"}`)
		default:
			_, _ = fmt.Fprint(w, `{"Volumes":[{"Name":"shop_data","Labels":{"com.docker.compose.project":"shop"},"UsageData":{"Size":7,"RefCount":0}}]}`)
		}
	}))
	t.Cleanup(server.Close)
	c, err := Open(endpoint.Endpoint{Host: "tcp://" + server.Listener.Addr().String(), Origin: "test"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	sizes, err := c.VolumeSizes(t.Context(), "shop")
	if err != nil || len(sizes) != 1 || sizes[0].Name != "shop_data" || sizes[0].Bytes != 7 {
		t.Errorf("%+v, %v", sizes, err)
	}
	if calls.Load() != 3 {
		t.Errorf("%d calls", calls.Load())
	}
}
