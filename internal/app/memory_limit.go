package app

import (
	"os"
	"runtime/debug"
)

// TuneGC tunes this process for a life of moments: what a target reads
// is garbage at once and then the process ends, so collecting it early costs
// more than keeping it. GOGC in the environment still wins.
func TuneGC() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

// TuneGCForStreams takes TuneGC back, for a target that goes on for as long as there is
// something to read: it shall not take more memory for that.
func TuneGCForStreams() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}
