package gctuning

import (
	"runtime"
	"runtime/metrics"
	"testing"
)

func percent() uint64 {
	sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func TestTheFirstCollectionIsLateAndTheOthersAreMoreOften(t *testing.T) {
	delay()
	if got := percent(); got != first {
		t.Errorf("at the start: %d", got)
	}
	for range 10_000 {
		if runtime.GC(); percent() == later {
			return
		}
	}
	t.Errorf("after collections: %d", percent())
}

func TestWhatReadsAStreamIsCollectedOftenFromThenOn(t *testing.T) {
	t.Cleanup(func() { streams.Store(false) })
	delay()
	ForStreams()
	for range 100 {
		if runtime.GC(); percent() != stream {
			t.Fatalf("%d", percent())
		}
	}
}
