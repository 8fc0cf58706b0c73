package dockerfile

import (
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// reach are the images of the target and of all stages that it needs, in no
// order and with doubles, and these stages.
func (g *graph) reach(target int) (bases []Base, seen map[int]bool, err error) {
	seen = map[int]bool{}
	next := []int{target}
	for len(next) > 0 {
		at := next[len(next)-1]
		next = next[:len(next)-1]
		if seen[at] || g.stages[at].replaced {
			continue
		}
		seen[at] = true
		from := &g.file.stages[at]
		if s := g.stages[at]; s.parent >= 0 {
			next = append(next, s.parent)
		} else {
			bases = g.image(bases, s.base, s.platform, at, lineOf(from.Location))
		}
		for _, source := range g.sources(at) {
			i, err := g.find(at, source)
			switch {
			case err != nil:
				return nil, nil, err
			case i >= 0:
				next = append(next, i)
			default:
				bases = g.image(bases, source.name, "", at, source.line)
			}
		}
	}
	return bases, seen, nil
}

// image adds what comes from elsewhere.
func (g *graph) image(bases []Base, name, platform string, at, line int) []Base {
	if name == scratch || g.contexts[named(name)] {
		return bases
	}
	stage := g.file.stages[at].Name
	if stage == "" {
		stage = strconv.Itoa(at)
	}
	return append(bases, Base{Ref: familiar(name), Platform: g.platform(platform), Line: line, Stage: stage})
}

// source is what COPY --from or RUN --mount=from names.
type source struct {
	name string
	copy bool // COPY, which may name a stage by its index
	line int
}

// sources are those of a stage's own instructions and of those laid upon it.
func (g *graph) sources(at int) (list []source) {
	for _, c := range g.commands(at) {
		line := lineOf(c.Location())
		switch c := c.(type) {
		case *instructions.CopyCommand:
			list = append(list, source{name: c.From, copy: true, line: line})
		case *instructions.RunCommand:
			for _, m := range instructions.GetMounts(c) {
				list = append(list, source{name: m.From, line: line})
			}
		}
	}
	return slices.DeleteFunc(list, func(s source) bool { return s.name == "" })
}

// find is the stage that a source means, or -1 for an image. Of several stages
// of one name it is the last, also one that comes later: older BuildKits copy
// from that, newer ones say themselves that they do not.
func (g *graph) find(at int, s source) (int, error) {
	f := g.file
	i, ok := g.byName[strings.ToLower(s.name)]
	if index, err := strconv.Atoi(s.name); err == nil && s.copy {
		if i, ok = index, true; i < 0 || i >= len(g.stages) {
			return 0, f.mistake(s.line, "there is no stage %d", i).WithHint("the stages are 0 to %d", len(g.stages)-1)
		}
	}
	switch {
	case ok && i == at:
		return 0, f.mistake(s.line, "a stage cannot copy from itself").WithHint("name another stage, or an image")
	case ok:
		return i, nil
	case g.contexts[named(s.name)] || s.name == scratch:
		return -1, nil
	case s.copy && g.expands(s.name):
		return 0, f.mistake(s.line, "--from=%s: --from takes no variables", s.name).
			WithHint("make a stage of it, FROM %s AS name with its ARG before the first FROM, and write --from=name", s.name)
	case !valid(s.name):
		return 0, f.mistake(s.line, "%q is neither a stage nor a valid image name", s.name).WithHint("%s", f.nameHint(s.name))
	}
	return -1, nil
}

// expands reports whether the lexer would make something else of a word.
func (g *graph) expands(word string) bool {
	came, _, err := g.lexer.ProcessWord(word, variables{})
	return err != nil || came != word
}
