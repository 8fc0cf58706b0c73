package buildcontext

import (
	"context"
	"runtime"
	"slices"
	"strings"
)

// reader reads a context once.
type reader struct {
	walker
	index *index
}

// read returns the entries by path, with sums: those that the index knows, and
// freshly made ones.
func (r *reader) read(ctx context.Context) ([]*entry, error) {
	// Two cores are the least that anybody has; more workers wait for a slow disk together.
	workers := max(2, runtime.GOMAXPROCS(0))
	loaded := make(chan struct{})
	go func() { r.index.load(); close(loaded) }()
	entries, err := r.walk(ctx, workers)
	<-loaded
	if err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b *entry) int { return strings.Compare(a.path, b.path) })
	if err := r.sum(ctx, r.index.recall(entries), workers); err != nil {
		return nil, err
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(entries, func(e *entry) bool { return e.lost }), nil
}
