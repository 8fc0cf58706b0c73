package cache

import (
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/infinitescribe/spellbook/internal/task"
)

// unseen are the directories that patterns do not look into unless they spell them:
// what tools keep for themselves, and packages that a lock file stands for.
var unseen = []string{".git", ".spellbook", "node_modules", ".venv", "__pycache__"}

// set is the patterns of a task's inputs or outputs.
type set struct {
	include []pattern
	exclude []string
	spelled []string // of unseen
	not     *set     // what is in there is not in here
}

// pattern is one that takes in.
type pattern struct {
	text  string // as it was written, for messages
	glob  string
	base  string // the directory, or the file, before its first wildcard; "" is the root
	plain bool   // it has no wildcard: base is all of it
	whole bool   // all below base
	depth int    // how many parts it has; 0: any number
	last  string // its only part after base, where it has one only: then base and this say all
}

func newSet(patterns []string, not *set) *set {
	s := &set{not: not}
	for _, p := range patterns {
		if text, ok := strings.CutPrefix(p, "!"); ok {
			text = path.Clean(text)
			s.exclude = append(s.exclude, text)
			if plainEnd(text) {
				s.exclude = append(s.exclude, text+"/**")
			}
			continue
		}
		text := path.Clean(p)
		for name := range strings.SplitSeq(text, "/") {
			if slices.Contains(unseen, name) {
				s.spelled = append(s.spelled, name)
			}
		}
		s.include = append(s.include, newPattern(p, text))
		if plainEnd(text) && !plain(text) {
			s.include = append(s.include, newPattern(p, text+"/**"))
		}
	}
	return s
}

func newPattern(text, glob string) pattern {
	p := pattern{text: text, glob: glob}
	if plain(glob) {
		p.base, p.plain = glob, true
		if glob == "." {
			return pattern{text: text, glob: "**", whole: true}
		}
		return p
	}
	base, rest := doublestar.SplitPattern(glob)
	if base != "." {
		p.base = base
	}
	p.whole = rest == "**"
	if !p.whole && !strings.Contains(rest, "/") {
		p.last = rest
	}
	if !strings.Contains(glob, "**") || !slices.Contains(strings.Split(glob, "/"), "**") {
		p.depth = strings.Count(glob, "/") + 1
	}
	return p
}

func plain(text string) bool { return !strings.ContainsAny(text, `*?[{\`) }

// plainEnd: a pattern whose last part is a name may be that of a directory, and then
// means all that is in it.
func plainEnd(text string) bool { return plain(path.Base(text)) }

// has says whether a file of this path is in the set. Nothing is in none.
func (s *set) has(file string) bool {
	return s != nil && slices.ContainsFunc(s.include, func(p pattern) bool { return p.has(file) }) && !s.without(file)
}

// without says that a file is taken away, whatever takes it in.
func (s *set) without(file string) bool {
	return slices.ContainsFunc(s.exclude, func(x string) bool { return doublestar.MatchUnvalidated(x, file) }) ||
		s.not.has(file)
}

// withoutAll says that all below a directory is taken away.
func (s *set) withoutAll(dir string) bool {
	return slices.ContainsFunc(s.exclude, func(x string) bool {
		return strings.HasSuffix(x, "/**") && doublestar.MatchUnvalidated(x, dir+"/x")
	})
}

// hides says that a directory is not looked into for its name.
func (s *set) hides(name string) bool {
	return slices.Contains(unseen, name) && !slices.Contains(s.spelled, name)
}

func (p pattern) has(file string) bool {
	if p.plain {
		return file == p.base || strings.HasPrefix(file, p.base+"/")
	}
	return p.whole && (p.base == "" || strings.HasPrefix(file, p.base+"/")) || doublestar.MatchUnvalidated(p.glob, file)
}

// takes is has for the name in dir, whose path is file.
func (p pattern) takes(dir, name, file string) bool {
	if p.last == "" {
		return p.has(file)
	}
	return dir == p.base && (p.last == "*" || doublestar.MatchUnvalidated(p.last, name))
}

// below says that something below a directory may match.
func (p pattern) below(dir string) bool { return p.depth == 0 || strings.Count(dir, "/")+1 < p.depth }

// Touches says whether one of the files, relative to the root, is an input of the task or
// a program of its own, whether it is there or no longer is. A path that ends with a slash
// is any file below it.
func Touches(t task.Task, files []string) bool {
	s := newSet(t.Inputs, newSet(t.Outputs, nil))
	programs := programsOf(t)
	return slices.ContainsFunc(files, func(f string) bool {
		if dir, below := strings.CutSuffix(f, "/"); below {
			return s.mayHave(dir) || slices.ContainsFunc(programs, func(p string) bool { return strings.HasPrefix(p, f) })
		}
		return slices.Contains(programs, f) || s.has(f) && !s.hidden(f)
	})
}

// programsOf are the files of the repository that a task runs.
func programsOf(t task.Task) (list []string) {
	names := slices.Clone(t.Programs)
	for _, s := range t.Steps {
		names = append(names, s.Argv[:min(1, len(s.Argv))]...)
	}
	for _, name := range names {
		if strings.Contains(name, "/") && !path.IsAbs(name) {
			list = append(list, path.Join(t.Dir, name))
		}
	}
	return list
}

// mayHave says that something below a directory may be in the set.
func (s *set) mayHave(dir string) bool {
	return !s.withoutAll(dir) && !s.hidden(dir+"/x") && slices.ContainsFunc(s.include, func(p pattern) bool {
		if p.base == dir || strings.HasPrefix(p.base, dir+"/") {
			return true
		}
		above := p.base == "" || strings.HasPrefix(dir, p.base+"/")
		return above && (p.plain || p.whole || p.below(dir))
	})
}

// hidden says that a path leads through a directory that is not looked into.
func (s *set) hidden(file string) bool {
	return slices.ContainsFunc(strings.Split(path.Dir(file), "/"), s.hides)
}
