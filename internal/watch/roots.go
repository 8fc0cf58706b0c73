package watch

import (
	"maps"
	"os"
	"path/filepath"
)

// roots are all places, and what they hang on.
type roots struct {
	places []place
	guards map[string]bool     // directories
	pivots map[string][]string // roots by the path in a guard that matters
}

func findAll(names []string) roots {
	r := roots{guards: map[string]bool{}, pivots: map[string][]string{}}
	for _, root := range names {
		p := place{root: root, guards: guardsOf(root)}
		for pivot, dir := range p.guards {
			r.guards[dir] = true
			r.pivots[pivot] = append(r.pivots[pivot], root)
		}
		r.places = append(r.places, p)
	}
	return r
}

// replaced tells that a path which roots hang on has become another thing: a
// directory, whose watches are those of what was there before, or a way
// elsewhere. That a file goes and comes, as editors save, is no such thing.
func (r *roots) replaced(pivot string) bool {
	for _, root := range r.pivots[pivot] {
		for i, p := range r.places {
			if p.root != root {
				continue
			}
			now := p.look()
			if p.dir || now.dir || !maps.Equal(p.guards, guardsOf(root)) {
				return true
			}
			r.places[i] = now
		}
	}
	return false
}

// mostLinks is how many symbolic links in a row are followed, as Linux does.
const mostLinks = 40

// guardsOf finds the guards of a root, and of what each symbolic link on the
// way leads to.
func guardsOf(root string) map[string]string {
	all := map[string]string{}
	for name, n := root, 0; n < mostLinks; n++ {
		dir, pivot := guard(name)
		all[pivot] = dir
		next, err := os.Readlink(name)
		if err != nil {
			break
		}
		if !filepath.IsAbs(next) {
			next = filepath.Join(filepath.Dir(name), next)
		}
		name = next
	}
	return all
}

// guard is the nearest directory above a path that is there, and the path in
// it that leads on to it.
func guard(path string) (dir, pivot string) {
	for {
		up := filepath.Dir(path)
		if found, err := filepath.EvalSymlinks(up); err == nil || up == path {
			return found, filepath.Join(found, filepath.Base(path))
		}
		path = up
	}
}
