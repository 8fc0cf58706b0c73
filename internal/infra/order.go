package infra

import (
	"cmp"
	"slices"

	"github.com/infinitescribe/spellbook/internal/project"
)

// ordered lists services so that each comes after what it depends on, and of
// those that could come next, the one that the longest chain waits for is
// first: what can start at once is started in this order.
func ordered(p *project.Project) []string {
	depth, height := depths(p), heights(p)
	names := p.Services()
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(depth[a], depth[b]), cmp.Compare(height[b], height[a]))
	})
	return names
}

// depths are the longest ways down to a service that depends on none.
func depths(p *project.Project) map[string]int {
	depth := map[string]int{}
	var of func(string) int
	of = func(name string) int {
		if d, known := depth[name]; known {
			return d
		}
		depth[name] = 0
		for _, d := range p.Dependencies(name) {
			depth[name] = max(depth[name], of(d.On)+1)
		}
		return depth[name]
	}
	for _, name := range p.Services() {
		of(name)
	}
	return depth
}

// heights are the longest ways up to a service that none depends on.
func heights(p *project.Project) map[string]int {
	depth := depths(p)
	names := p.Services()
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(depth[b], depth[a]) })
	height := map[string]int{}
	for _, name := range names {
		for _, d := range p.Dependencies(name) {
			height[d.On] = max(height[d.On], height[name]+1)
		}
	}
	return height
}
