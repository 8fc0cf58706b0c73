package watch

import (
	"maps"
	"slices"
	"time"
)

// hit is what one look or event came to.
type hit struct {
	paths []string
	all   bool
}

// gather makes batches of hits: each ends when it has been quiet, or has
// lasted for most while somebody waits for it. It takes hits at any time, so
// that their sender never waits for the receiver of batches; it ends, and
// closes out, with hits.
func gather(hits <-chan hit, out chan<- Batch, quiet, most time.Duration) {
	defer close(out)
	var (
		g          gathered
		still, due <-chan time.Time
		to         chan<- Batch // nil until the batch is complete
		batch      Batch
	)
	for {
		select {
		case h, ok := <-hits:
			if !ok {
				return
			}
			g.add(h)
			still, to = time.After(quiet), nil
			if due == nil {
				due = time.After(most)
			}
		case <-still:
			still, due, to, batch = nil, nil, out, g.batch()
		case <-due:
			due = time.After(most)
			select {
			case out <- g.batch():
				g, still, due = gathered{}, nil, nil
			default:
			}
		case to <- batch:
			g, to = gathered{}, nil
		}
	}
}

// gathered is a batch that is not complete.
type gathered struct {
	paths map[string]bool
	all   bool
}

func (g *gathered) add(h hit) {
	if g.paths == nil {
		g.paths = map[string]bool{}
	}
	g.all = g.all || h.all
	for _, path := range h.paths {
		g.paths[path] = true
	}
}

func (g *gathered) batch() Batch {
	paths := slices.Sorted(maps.Keys(g.paths))
	if n := len(paths); n > mostPaths {
		return Batch{Paths: paths[:mostPaths], More: n - mostPaths, All: g.all}
	}
	return Batch{Paths: paths, All: g.all}
}
