package ci

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/infinitescribe/spellbook/internal/app"
	tasks "github.com/infinitescribe/spellbook/internal/command/task"
	"github.com/infinitescribe/spellbook/internal/manifest"
	"github.com/infinitescribe/spellbook/internal/outputs"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/task"
)

// The steps. Each stands for the tasks whose names begin with its own and a colon.
const (
	check       = "check"
	lint        = "lint"
	unit        = "unit"
	build       = "build"
	integration = "integration"
	plan        = "plan"
)

// inOrder are all steps, and what each is for.
var inOrder = []task.Task{
	{Name: check, Help: "the environment, the Compose files and what is generated"},
	{Name: lint, Help: "the linters of the repository's projects"},
	{Name: unit, Help: "the unit tests of the repository's projects"},
	{Name: build, Help: "what the repository's projects build, and the images of its services"},
	{Name: integration, Help: "tests against an isolated stack", Needs: []string{build}},
	{Name: plan, Help: "what a deployment would change", Needs: []string{check}},
}

// steps is what was found in a repository.
type steps struct {
	w        *app.Run
	layout   project.Layout
	manifest manifest.Repository
	ignored  map[string]bool     // directories of what tools write
	tasks    []task.Task         // in the order of the steps
	replaced map[string][]string // builds that do not run, and the magefile's tasks that do instead
	tested   *outputs.Result     // what integration tests came to; nil before they begin
}

// look finds which steps the repository has.
func look(ctx context.Context, w *app.Run, o Options) (*steps, error) {
	s := &steps{w: w, layout: w.ProjectLayout()}
	var err error
	if s.manifest, err = manifest.Read(s.layout.Root); err != nil {
		return nil, err
	}
	s.ignored = written(ctx, w, s.manifest)
	s.checks()
	s.commands()
	s.images(ctx)
	if err := s.plan(o.Env); err != nil {
		return nil, err
	}
	return s, s.integration()
}

// warn tells which files could not be read as a whole, and the doubt because of which all
// tasks count as affected: one that is about the same line of a file once.
func (s *steps) warn(doubt error) {
	for _, warning := range s.manifest.Warnings {
		if parts := strings.SplitN(warning, ":", 3); doubt != nil && len(parts) == 3 && strings.Contains(doubt.Error(), parts[0]+":"+parts[1]+":") {
			warning, doubt = warning+"; "+tasks.AllAffected, nil
		}
		s.w.Tell("warning: %s", warning)
	}
	if doubt != nil {
		s.w.Tell("warning: %s: %v", tasks.AllAffected, doubt)
	}
}

func (s *steps) add(t task.Task) { s.tasks = append(s.tasks, t) }

// together are all tasks and the names of those that run. A task of the magefile with
// the name of one of ours takes its place, and one of a step's name that of all in it.
// One whose name begins with that of a step and a colon belongs to the step. If the
// magefile defines a task "ci", what that needs is what runs; else the steps do.
func (s *steps) together(defined []task.Task) (list []task.Task, names []string) {
	theirs := map[string]bool{}
	for _, t := range defined {
		theirs[t.Name] = true
	}
	groups := map[string][]string{}
	for _, t := range s.tasks {
		if of := stepOf(t.Name); theirs[t.Name] || theirs[of] {
			continue
		}
		list = append(list, t)
		groups[stepOf(t.Name)] = append(groups[stepOf(t.Name)], t.Name)
	}
	for _, t := range defined {
		list = append(list, t)
		if of := stepOf(t.Name); of != "" && of != t.Name && !theirs[of] {
			groups[of] = append(groups[of], t.Name)
		}
	}
	there := func(name string) bool { return theirs[name] || len(groups[name]) > 0 }
	for _, step := range inOrder {
		if theirs[step.Name] {
			names = append(names, step.Name)
			continue
		}
		if !there(step.Name) {
			continue
		}
		for _, name := range groups[step.Name] { // what the step needs comes before all in it
			i := slices.IndexFunc(list, func(t task.Task) bool { return t.Name == name })
			for _, need := range step.Needs {
				if there(need) {
					list[i].Needs = append(slices.Clone(list[i].Needs), need)
				}
			}
		}
		list = append(list, task.Task{Name: step.Name, Help: step.Help, Needs: groups[step.Name]})
		names = append(names, step.Name)
	}
	list, s.replaced = giveWay(list, theirs)
	switch {
	case !theirs["ci"]:
		return list, names
	case slices.ContainsFunc(s.tasks, func(t task.Task) bool { return stepOf(t.Name) == plan }): // -env asks for it
		return list, []string{"ci", plan}
	}
	return list, []string{"ci"}
}

// giveWay settles which task writes where several would. A build of ours stands for the
// tasks of the magefile that name all of what it writes as theirs, unless one of them needs
// it: replaced says for which. Where others write there, too, ours runs each time: nobody can
// tell whose the files are, so they are not put back.
func giveWay(list []task.Task, theirs map[string]bool) (out []task.Task, replaced map[string][]string) {
	out, replaced = slices.Clone(list), map[string][]string{}
	for i, t := range list {
		if theirs[t.Name] {
			continue
		}
		var instead []string
		shared := false
		for _, o := range list {
			if o.Name == t.Name || !meet(t.Outputs, o.Outputs) {
				continue
			}
			shared = true
			if theirs[o.Name] && cover(o.Outputs, t.Outputs) && !reaches(out, o.Name, t.Name) {
				instead = append(instead, o.Name)
			}
		}
		switch {
		case len(instead) > 0:
			out[i] = task.Task{Name: t.Name, Help: t.Help, Needs: slices.Concat(t.Needs, instead)}
			replaced[t.Name] = instead
		case shared:
			out[i].Inputs, out[i].Outputs, out[i].Guessed = nil, nil, false
		}
	}
	return out, replaced
}

// cover says whether patterns name each of the directories, or one above it: a pattern that
// takes some of its files, or that would take any directory, is no claim to it.
func cover(patterns, dirs []string) bool {
	return !slices.ContainsFunc(dirs, func(dir string) bool {
		return !slices.ContainsFunc(patterns, func(p string) bool {
			p = strings.TrimSuffix(path.Clean(p), "/**")
			return !strings.ContainsAny(p, `*?[]{}!\`) && (dir == p || strings.HasPrefix(dir, p+"/"))
		})
	})
}

// reaches says that a task needs another, however far. A name that is none is the graph's
// to tell.
func reaches(list []task.Task, from, to string) bool {
	seen := map[string]bool{}
	var visit func(name string) bool
	visit = func(name string) bool {
		i := slices.IndexFunc(list, func(t task.Task) bool { return t.Name == name })
		if name == to || i < 0 || seen[name] {
			return name == to
		}
		seen[name] = true
		return slices.ContainsFunc(list[i].Needs, visit)
	}
	return visit(from)
}

// meet says whether a pattern may mean what lies in or above one of the directories.
func meet(dirs, patterns []string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool {
			if doublestar.MatchUnvalidated(path.Clean(p), dir) { // whatever braces have a slash in them
				return true
			}
			parts := strings.Split(path.Clean(p), "/")
			for i, name := range strings.Split(dir, "/") {
				if i == len(parts) || parts[i] == "**" || parts[i] == "." {
					return true
				}
				if !doublestar.MatchUnvalidated(parts[i], name) { // neither does one that begins with !
					return false
				}
			}
			return true
		})
	})
}

// stepOf is the step that a task belongs to by its name, "" for none.
func stepOf(name string) string {
	of, _, _ := strings.Cut(name, ":")
	if slices.ContainsFunc(inOrder, func(t task.Task) bool { return t.Name == of }) {
		return of
	}
	return ""
}
