package gctuner

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func now() int {
	percent := debug.SetGCPercent(first)
	debug.SetGCPercent(percent)
	return percent
}

// settle collects until all is as Go has it; the cleanup comes a moment after.
func settle(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); now() != 100; runtime.GC() {
		if time.Now().After(end) {
			t.Fatalf("after a collection it is %d, want 100", now())
		}
	}
}

func TestAfterTheFirstCollectionAllIsAsGoHasIt(t *testing.T) {
	settle(t) // what init did
	tune()
	if got := now(); got != first {
		t.Fatalf("before the first collection it is %d, want %d", got, first)
	}
	settle(t)
}
