package task

import (
	"context"
	"go/build/constraint"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/git"
	"github.com/infinitescribe/spellbook/internal/task"
	"github.com/infinitescribe/spellbook/internal/task/cache"
)

// Affected are the tasks that the changes since a commit touch, and all that need one
// of them: what was committed since this branch left it, what is not committed, and
// untracked files, unless git ignores them. A change to a Go package, a package of a
// Node.js workspace or the build context of a service counts as one to all that depend
// on it, and one to what a link leads to as one to the link. A task without inputs may depend on anything, and so may every task on a
// changed magefile. Where it cannot be told what depends on what, a warning says so and
// all tasks are affected.
func Affected(ctx context.Context, w *app.Run, g *task.Graph, since string) ([]string, error) {
	ask := func(args ...string) ([]string, int) {
		text, code := git.Ask(ctx, w.Environ, w.Root(), args...)
		return strings.FieldsFunc(text, func(r rune) bool { return r == 0 || r == '\n' }), code
	}
	base, code := ask("merge-base", "--end-of-options", since, "HEAD")
	if code != 0 || len(base) != 1 {
		return nil, failure.New(failure.Usage, "git knows no commit that %q and the working tree have in common", since).
			WithHint("-affected takes a branch, a tag or a commit; a shallow clone may lack it: git fetch --unshallow")
	}
	changed, code := ask("diff", "--name-only", "--no-renames", "--relative", "-z", base[0])
	untracked, other := ask("ls-files", "--others", "--exclude-standard", "-z")
	if code != 0 || other != 0 {
		return nil, failure.New(failure.Preflight, "git cannot tell what has changed since %s", since)
	}
	changed = append(changed, untracked...)
	all := slices.ContainsFunc(changed, func(f string) bool { return magefile(w.Root(), f) })
	if len(changed) > 0 && !all {
		tracked, _ := ask("ls-files", "-z")
		files := append(tracked, untracked...)
		list, err := units(ctx, w, files, changed)
		if err != nil {
			w.Tell("warning: all tasks count as affected: %v", err)
			all = true
		}
		links := linksOf(w.Root(), files)
		changed = append(changed, through(links, changed)...)
		reached := dependents(list, changed, files)
		changed = slices.Concat(changed, reached, through(links, reached))
	}
	return affected(g, changed, all), nil
}

// magefile says that a file, relative to the root, is part of what Mage builds: of the
// tasks themselves. One in the root that is gone may have been.
func magefile(root, file string) bool {
	switch {
	case strings.HasPrefix(file, "magefiles/"), file == "magefile.go", file == "go.mod", file == "go.sum":
		return true
	case strings.Contains(file, "/") || path.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go"):
		return false
	}
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		return true
	}
	for line := range strings.Lines(string(text)) {
		if constraint.IsGoBuild(line) {
			return slices.Contains(strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r\n()!&|", r) }), "mage")
		}
	}
	return false
}

func affected(g *task.Graph, changed []string, all bool) (names []string) {
	for _, t := range g.Tasks() { // what is needed comes first
		free := len(t.Inputs) == 0 && len(t.Steps) > 0
		needs := slices.ContainsFunc(t.Needs, func(n string) bool { return slices.Contains(names, n) })
		if all || free || needs || cache.Touches(t, changed) {
			names = append(names, t.Name)
		}
	}
	return names
}

// unit is a directory whose files belong together, and what they depend on.
type unit struct {
	name  string
	dir   string // relative to the root; "." is the root, "" none
	deep  bool   // with all directories below
	needs []string
}

func (u unit) has(file string) bool {
	if u.deep {
		return u.dir == "." || u.dir != "" && strings.HasPrefix(file, u.dir+"/")
	}
	return path.Dir(file) == u.dir
}

// dependents are the files of all units that depend on one which has a changed file.
func dependents(units []unit, changed, files []string) (more []string) {
	touched := map[string]bool{}
	for _, u := range units {
		touched[u.name] = slices.ContainsFunc(changed, u.has)
	}
	reached := map[string]bool{}
	for again := true; again; {
		again = false
		for _, u := range units {
			if !reached[u.name] && slices.ContainsFunc(u.needs, func(n string) bool { return touched[n] || reached[n] }) {
				reached[u.name], again = true, true
			}
		}
	}
	for _, u := range units {
		if reached[u.name] {
			for _, f := range files {
				if u.has(f) {
					more = append(more, f)
				}
			}
		}
	}
	return more
}
