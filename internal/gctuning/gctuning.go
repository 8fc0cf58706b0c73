// Package gctuning tunes the garbage collector for a life of moments: what a
// target reads is garbage at once and then the process ends, so collecting it
// early costs more than keeping it. It imports nothing of ours, so that it begins
// before the packages whose beginnings would be collected. GOGC in the environment wins.
package gctuning

import (
	"os"
	"runtime"
	"runtime/debug"
	"sync/atomic"
)

// Percentages as GOGC has them; for 100 the collector first runs when 4 MiB are in use.
const (
	first  = 800 // most targets are over before 32 MiB
	later  = 400
	stream = 50
)

var tuned = os.Getenv("GOGC") == ""

func init() { //nolint:gochecknoinits // the other packages' begin after it
	if tuned {
		delay()
	}
}

// delay lasts until the next collection.
func delay() {
	debug.SetGCPercent(first)
	runtime.AddCleanup(new([64]byte), func(percent int) {
		if !streams.Load() {
			debug.SetGCPercent(percent)
		}
	}, later)
}

// ForStreams takes it back, for a target that goes on for as long as there is
// something to read: it shall not take more memory for that.
func ForStreams() {
	if tuned {
		streams.Store(true)
		debug.SetGCPercent(stream)
	}
}

// streams says that ForStreams was called.
var streams atomic.Bool
