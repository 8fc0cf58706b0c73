package process

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// However a plugin ends, the host keeps neither goroutines nor descriptors of it.
func TestAClosedPluginLeavesNothingInTheHost(t *testing.T) {
	once := func() {
		for _, role := range []string{"is good", "exits at once", "says hello", "exits in a call", "stops in a call", "answers its socket with garbage"} {
			s := spec(t, role)
			s.MTLS, s.CallTimeout, s.KillGrace = role == "is good", 500*time.Millisecond, 100*time.Millisecond
			s.signOfLife, s.settle = time.Second, time.Second
			if p, err := Start(t.Context(), s); err == nil {
				_, _ = p.Probe(t.Context(), &pluginv1.ProbeRequest{})
				_, _ = p.RunHook(t.Context(), postReady, nil)
				if err := p.Close(); err != nil {
					t.Error(err)
				}
			}
			_ = s.File.Close()
		}
	}
	once() // what the libraries keep
	goroutines, descriptors := runtime.NumGoroutine(), openDescriptors(t)
	once()
	once()
	deadline := time.After(patience)
	for runtime.NumGoroutine() > goroutines+1 || openDescriptors(t) > descriptors {
		select {
		case <-deadline:
			t.Fatalf("%d goroutines and %d descriptors, before %d and %d", runtime.NumGoroutine(), openDescriptors(t), goroutines, descriptors)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
