// Package watch tells when files may have changed: directories with all that
// is below them, and single files. It tells that it is worth looking, not what
// is different; whoever is told compares. It holds the one use of fsnotify and
// imports nothing of Spellbook.
package watch

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

const (
	// DefaultQuiet is how long nothing must have happened before a batch.
	DefaultQuiet = 100 * time.Millisecond
	// DefaultMax is how long a batch may gather where it never gets quiet.
	DefaultMax = time.Second
	// pollEvery is how often it is looked, at most, where the system does not
	// notify.
	pollEvery = 500 * time.Millisecond
	// mostPaths is how many paths a batch names.
	mostPaths = 50
)

// Options say what is watched.
type Options struct {
	// Roots are absolute paths of directories, watched with all below, and of
	// files. They need not exist; they may go and come back. What a symbolic
	// link leads to is watched where the link is a root; links below a root are
	// files like others. That a directory further up than a root's parent is
	// given another name is not seen.
	Roots []string
	// Skip says what below a root is of no interest; a directory with all that
	// is in it. It gets paths that begin with the root as it is spelled in
	// Roots, from one goroutine at a time. A root itself is never skipped. Nil
	// skips nothing.
	Skip func(path string, dir bool) bool
	// Quiet and Max are the times that a batch gathers; 0 means the defaults.
	Quiet, Max time.Duration
	// Warn is told, once, that the system has no more watches to give and
	// files are looked at every half second instead. May be nil.
	Warn func(string)
}

// Batch is what happened until it was quiet.
type Batch struct {
	// Paths may have changed, appeared or gone: sorted, spelled as Roots are,
	// the first 50 of them.
	Paths []string
	// More is how many there are beyond Paths.
	More int
	// All: anything may have changed. The system has lost events, or a root
	// has been replaced.
	All bool
}

// Watch begins to watch; what changes after it has returned is told. While
// nobody receives, batches become one. The channel is closed after ctx has
// ended. Errors are those of a root that is not absolute and of a system that
// notifies nobody at all.
func Watch(ctx context.Context, o Options) (<-chan Batch, error) {
	return watch(ctx, o, newNotifier)
}

// watch is Watch with the system's notifications as a value.
func watch(ctx context.Context, o Options, connect func() (*notifier, error)) (<-chan Batch, error) {
	for i, root := range o.Roots {
		if !filepath.IsAbs(root) {
			return nil, fmt.Errorf("watch %q: not an absolute path", root)
		}
		o.Roots = slices.Clone(o.Roots)
		o.Roots[i] = filepath.Clean(root)
	}
	o = o.withDefaults()
	hits := make(chan hit)
	t := &tree{o: o, connect: connect, hits: hits}
	if err := t.begin(); err != nil {
		return nil, err
	}
	out := make(chan Batch)
	go func() {
		defer close(hits)
		t.run(ctx)
	}()
	go gather(hits, out, o.Quiet, o.Max)
	return out, nil
}

func (o Options) withDefaults() Options {
	if o.Skip == nil {
		o.Skip = func(string, bool) bool { return false }
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	if o.Quiet == 0 {
		o.Quiet = DefaultQuiet
	}
	if o.Max == 0 {
		o.Max = DefaultMax
	}
	return o
}
