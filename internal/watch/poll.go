package watch

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// poll finds changes by looking at everything again and again.
type poll struct {
	o    Options
	last map[string]stamp // by the path as the caller spells it
}

// stamp changes where a file does, as far as can be told without reading it.
type stamp struct {
	size  int64
	mode  fs.FileMode
	mtime int64 // nanoseconds; 0 for directories, whose entries are looked at
}

func newPoll(o Options) *poll {
	p := &poll{o: o}
	p.last = p.look()
	return p
}

func (p *poll) run(ctx context.Context, hits chan<- hit) {
	pause := pollEvery
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		began := time.Now()
		now := p.look()
		pause = max(pollEvery, rest*time.Since(began))
		if h := differ(p.last, now); len(h.paths) > 0 {
			hits <- h
		}
		p.last = now
	}
}

// rest is how much longer than a look the pause after it is at least, so that
// many files do not keep a processor busy.
const rest = 4

// differ names what is not the same in both.
func differ(a, b map[string]stamp) hit {
	var h hit
	for path, stamp := range a {
		if now, there := b[path]; !there || now != stamp {
			h.paths = append(h.paths, path)
		}
	}
	for path := range b {
		if _, there := a[path]; !there {
			h.paths = append(h.paths, path)
		}
	}
	return h
}

func (p *poll) look() map[string]stamp {
	all := map[string]stamp{}
	for _, root := range p.o.Roots {
		info, err := os.Stat(root)
		if err != nil {
			continue
		}
		all[root] = stampOf(info)
		if info.IsDir() {
			p.descend(root, all)
		}
	}
	return all
}

func (p *poll) descend(dir string, all map[string]stamp) {
	entries, _ := os.ReadDir(dir) // gone, which the next look finds
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if p.o.Skip(path, e.IsDir()) {
			continue
		}
		if info, err := e.Info(); err == nil {
			all[path] = stampOf(info)
		}
		if e.IsDir() {
			p.descend(path, all)
		}
	}
}

func stampOf(info fs.FileInfo) stamp {
	if info.IsDir() {
		return stamp{mode: info.Mode()}
	}
	return stamp{size: info.Size(), mode: info.Mode(), mtime: info.ModTime().UnixNano()}
}
