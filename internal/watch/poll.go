package watch

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/infinitescribe/spellbook/internal/fingerprint"
)

// poll finds changes by looking at everything again and again.
type poll struct {
	o    Options
	last map[string]fingerprint.Status // by the path as the caller spells it
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
func differ(a, b map[string]fingerprint.Status) hit {
	var h hit
	for path, before := range a {
		if now, there := b[path]; !there || !now.Same(before) {
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

func (p *poll) look() map[string]fingerprint.Status {
	all := map[string]fingerprint.Status{}
	for _, root := range p.o.Roots {
		s, err := fingerprint.Followed(root)
		if err != nil {
			continue
		}
		all[root] = ofContent(s)
		if s.Mode.IsDir() {
			p.descend(root, all)
		}
	}
	return all
}

func (p *poll) descend(dir string, all map[string]fingerprint.Status) {
	entries, _ := os.ReadDir(dir) // gone, which the next look finds
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if p.o.Skip(path, e.IsDir()) {
			continue
		}
		if s, err := fingerprint.Of(path); err == nil {
			all[path] = ofContent(s)
		}
		if e.IsDir() {
			p.descend(path, all)
		}
	}
}

// ofContent leaves out what changes without the content: a rename over a file
// with the same one, and the times of directories, whose entries are looked at.
func ofContent(s fingerprint.Status) fingerprint.Status {
	if s.Mode.IsDir() {
		return fingerprint.Status{Mode: s.Mode}
	}
	s.Changed, s.Inode = 0, 0
	return s
}
