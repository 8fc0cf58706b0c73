package report

import (
	"strings"
)

// squeeze shortens the texts of column c, to least columns at the least, where
// a table would not fit on the terminal otherwise: by a way that keeps more of
// them than cutting their ends off does.
func squeeze(o Options, header []string, rows [][]Cell, c, least int, shorten func(text string, n int) string) {
	t := table{width: o.WithDefaults().Width}
	t.fill(header, rows)
	over := t.total() - t.width
	if over <= 0 {
		return
	}
	widest := 0
	for _, r := range rows {
		for _, text := range lines(r[c].Text) {
			widest = max(widest, Columns(text))
		}
	}
	for _, r := range rows {
		r[c].Text = shorten(r[c].Text, max(least, widest-over))
	}
}

// folded breaks text into lines of n columns, long words too: those behind what
// joins the parts of a name, where that leaves half of a line.
func folded(text string, n int) string {
	var all []string
	for line := range strings.Lines(Fold(text, n)) {
		line = strings.TrimSuffix(line, "\n")
		for Columns(line) > n {
			head, tail := split(line, n)
			if at := strings.LastIndexAny(head, "-_/:.,@=") + 1; at >= len(head)/2 {
				head, tail = line[:at], line[at:]
			}
			all, line = append(all, head), tail
		}
		all = append(all, line)
	}
	return strings.Join(all, "\n")
}

// underneath puts what a value has become below what it was; n is 3 at least.
func underneath(text string, n int) string {
	if Columns(text) <= n {
		return text
	}
	before, after, changed := strings.Cut(text, " → ")
	if !changed {
		return folded(text, n)
	}
	return folded(before, n) + "\n→ " + folded(after, n-2)
}

// splitTags puts the tags of references below their repositories.
func splitTags(text string, _ int) string {
	var all []string
	for line := range strings.Lines(text) {
		ref := strings.TrimSuffix(line, "\n")
		repo := repository(ref)
		if all = append(all, repo); ref != repo {
			all = append(all, strings.TrimPrefix(ref, repo))
		}
	}
	return strings.Join(all, "\n")
}

// fronts is cutFront for several lines.
func fronts(text string, n int) string {
	var all []string
	for line := range strings.Lines(text) {
		all = append(all, CutFront(strings.TrimSuffix(line, "\n"), n))
	}
	return strings.Join(all, "\n")
}
