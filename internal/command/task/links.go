package task

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// link is one in the repository that leads to a place in it. Both are relative to the
// root, and need not be there.
type link struct{ at, to string }

// linksOf are the links among files, as each of them is written: what they lead to may be
// a link again.
func linksOf(root string, files []string) (links []link) {
	for _, f := range files {
		place := filepath.Join(root, filepath.FromSlash(f))
		target, err := os.Readlink(place)
		if err != nil {
			continue
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(place), target)
		}
		if to, ok := below(root, target); ok {
			links = append(links, link{f, to})
		}
	}
	return links
}

// through are the other paths that changed files have by links: a link to one of them,
// and what is below a link to a directory with one of them.
func through(links []link, changed []string) (more []string) {
	type seen struct {
		file string
		by   []int // the links that it is seen through, none of them twice
	}
	var queue []seen
	for _, f := range changed {
		queue = append(queue, seen{file: f})
	}
	for ; len(queue) > 0; queue = queue[1:] {
		s := queue[0]
		for i, l := range links {
			name, ok := l.sees(s.file)
			if !ok || slices.Contains(s.by, i) || slices.Contains(more, name) {
				continue
			}
			more = append(more, name)
			queue = append(queue, seen{name, append(slices.Clone(s.by), i)})
		}
	}
	return more
}

// sees is the path of a file through the link.
func (l link) sees(file string) (string, bool) {
	if file == l.to {
		return l.at, true
	}
	if l.to == "." {
		return l.at + "/" + file, true
	}
	rest, inside := strings.CutPrefix(file, l.to+"/")
	return l.at + "/" + rest, inside
}
