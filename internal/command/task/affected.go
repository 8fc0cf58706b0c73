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
// changed magefile. Where it cannot be told what depends on what, all tasks are affected,
// and doubt says why: the caller tells it, as AllAffected.
func Affected(ctx context.Context, w *app.Run, g *task.Graph, since string) (touched []string, doubt, err error) {
	ask := func(args ...string) ([]string, int) {
		text, code := git.Ask(ctx, w.Environ, w.Root(), args...)
		return strings.FieldsFunc(text, func(r rune) bool { return r == 0 }), code
	}
	base, err := left(ctx, w, since)
	if err != nil {
		return nil, nil, err
	}
	changed, code := ask("diff", "--name-only", "--no-renames", "--relative", "--ignore-submodules=none", "-z", base)
	untracked, other := ask("ls-files", "--others", "--exclude-standard", "-z")
	if code != 0 || other != 0 {
		return nil, nil, failure.New(failure.Preflight, "git cannot tell what has changed since %s", since)
	}
	changed = append(changed, untracked...)
	for _, f := range changed { // a repository within, of which no more is known than that it is another
		if info, err := os.Lstat(filepath.Join(w.Root(), filepath.FromSlash(f))); err == nil && info.IsDir() {
			changed = append(changed, strings.TrimSuffix(f, "/")+"/")
		}
	}
	all := slices.ContainsFunc(changed, func(f string) bool { return magefile(w.Root(), f) })
	if len(changed) > 0 && !all {
		tracked, code := ask("ls-files", "--recurse-submodules", "-z")
		if code != 0 {
			tracked, _ = ask("ls-files", "-z")
		}
		files := append(tracked, untracked...)
		var list []unit
		list, doubt = units(ctx, w, files, changed)
		all = doubt != nil
		links := linksOf(w.Root(), files)
		changed = append(changed, through(links, changed)...)
		names := dependents(list, changed)
		reached := filesOf(list, names, files)
		changed = slices.Concat(changed, reached, through(links, reached))
		all = all || names[mageUnit]
	}
	return affected(g, changed, all), doubt, nil
}

// left is the commit at which this branch left another.
func left(ctx context.Context, w *app.Run, since string) (string, error) {
	if since == "" {
		return "", failure.New(failure.Usage, "-affected is empty").WithHint("name a branch, a tag or a commit, or leave -affected out: all tasks count then")
	}
	ask := func(args ...string) (string, bool) {
		text, code := git.Ask(ctx, w.Environ, w.Root(), args...)
		return strings.TrimSpace(text), code == 0 && strings.TrimSpace(text) != ""
	}
	base, ok := ask("merge-base", "--end-of-options", since, "HEAD")
	if ok {
		return base, nil
	}
	if _, ok := ask("rev-parse", "--is-inside-work-tree"); !ok {
		return "", failure.New(failure.Preflight, "git cannot tell what has changed since %s: git status fails in %s", since, w.Root()).
			WithHint("git status says why; without -affected git is not asked")
	}
	if _, ok := ask("rev-parse", "--verify", "--quiet", "--end-of-options", since+"^{commit}"); !ok {
		return "", failure.New(failure.Usage, "git knows no commit %q", since).
			WithHint("-affected takes a branch, a tag or a commit; a clone of one branch, as a pipeline's, lacks the others until git fetch brings them")
	}
	return "", failure.New(failure.Usage, "git knows no commit that %q and the working tree have in common", since).
		WithHint("a shallow clone may lack it: git fetch --unshallow")
}

// AllAffected is what a doubt of Affected comes to.
const AllAffected = "all tasks count as affected"

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
	dir   string   // relative to the root; "." is the root, "" none
	deep  bool     // with all directories below
	apart []string // of these, those that are units of their own
	below []string // of the files there those with these endings; all where there are none
	needs []string
	// A change counts of these of its files alone, by their endings; of all where there are
	// none. So does one of what it embeds, by patterns relative to dir, of more, which may
	// be elsewhere, and of trees, which are files or directories.
	sources, embeds, more, trees []string
}

func (u unit) has(file string) bool {
	if !u.deep {
		return path.Dir(file) == u.dir
	}
	within := func(dir string) bool { return dir == "." || dir != "" && strings.HasPrefix(file, dir+"/") }
	below := len(u.below) == 0 || slices.Contains(u.below, path.Ext(file)) || path.Dir(file) == u.dir
	return below && within(u.dir) && !slices.ContainsFunc(u.apart, within)
}

func (u unit) touched(file string) bool {
	within := func(at string) bool { return at == "." || file == at || strings.HasPrefix(file, at+"/") }
	if slices.Contains(u.more, file) || embedded(u.embeds, u.dir, file) || slices.ContainsFunc(u.trees, within) {
		return true
	}
	return u.has(file) && (len(u.sources) == 0 || strings.HasSuffix(file, "/") || slices.Contains(u.sources, path.Ext(file)))
}

// dependents are the names of all units that depend on one which has a changed file.
func dependents(units []unit, changed []string) (reached map[string]bool) {
	touched := map[string]bool{}
	for _, u := range units { // two may have one name
		touched[u.name] = touched[u.name] || slices.ContainsFunc(changed, u.touched)
	}
	reached = map[string]bool{}
	for again := true; again; {
		again = false
		for _, u := range units {
			if !reached[u.name] && slices.ContainsFunc(u.needs, func(n string) bool { return touched[n] || reached[n] }) {
				reached[u.name], again = true, true
			}
		}
	}
	return reached
}

// filesOf are the files of the units that are named.
func filesOf(units []unit, names map[string]bool, files []string) (list []string) {
	for _, u := range units {
		if names[u.name] {
			for _, f := range files {
				if u.has(f) {
					list = append(list, f)
				}
			}
		}
	}
	return list
}
