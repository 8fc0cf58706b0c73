// Package gctuner lets a process that is over soon end before the garbage collector
// has run once: the first collection waits for a heap of 16 MiB in place of 4 MiB, and
// everything after it is as Go has it. It is to be imported, imports nothing of ours,
// and is initialised before what allocates most of a short run's memory.
package gctuner

import (
	"os"
	"runtime"
	"runtime/debug"
)

const first = 400 // percent of the 4 MiB that Go begins with

// begun is large enough for an allocation of its own: the cleanup of a smaller one
// may never come.
type begun struct{ _ [64]byte }

func init() { //nolint:gochecknoinits // the setting counts from the first allocation on
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		tune()
	}
}

func tune() {
	before := debug.SetGCPercent(first)
	runtime.AddCleanup(new(begun), func(percent int) { debug.SetGCPercent(percent) }, before)
}
