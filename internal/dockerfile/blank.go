package dockerfile

import (
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// unfilled is a FROM with a substitution that the lexer refuses.
func (f *File) unfilled(from *instructions.Stage, word string, err error) error {
	return f.mistake(lineOf(from.Location), "fill in %s: %s", word, lexed(err)).
		WithHint("write ${NAME} or ${NAME:-default} of an ARG before the first FROM, and set it under build.args")
}

// lexed is the lexer's message without the word, which stands in the line, and
// without the rune that it makes of the end of the text.
func lexed(err error) string {
	text := err.Error()
	if _, rest, found := strings.Cut(text, "\": "); found && strings.HasPrefix(text, "failed to process ") {
		text = rest
	}
	if strings.ContainsRune(text, '\uFFFD') {
		return "syntax error: missing '}'"
	}
	return text
}

// noImage is a FROM that comes to no image, mostly since an argument is not set.
func (f *File) noImage(from *instructions.Stage, came string, unset map[string]struct{}) error {
	line, names := lineOf(from.Location), slices.Sorted(maps.Keys(unset))
	if len(names) == 0 {
		return f.mistake(line, "FROM %q is no valid image name", came).WithHint("%s", f.nameHint(came))
	}
	return f.mistake(line, "FROM %s comes to %q: %s not set", from.BaseName, came, isAre(names)).WithHint("%s", f.unsetHint(names[0]))
}

// noPlatform is a --platform that comes to none.
func (f *File) noPlatform(from *instructions.Stage, came string, unset map[string]struct{}) error {
	line, names := lineOf(from.Location), slices.Sorted(maps.Keys(unset))
	if len(names) == 0 {
		return f.mistake(line, "--platform=%s is no platform", came).WithHint("write os/arch, as linux/amd64, or $BUILDPLATFORM")
	}
	return f.mistake(line, "--platform=%s comes to %q: %s not set", from.Platform, came, isAre(names)).WithHint("%s", f.unsetHint(names[0]))
}

func isAre(names []string) string {
	if len(names) == 1 {
		return names[0] + " is"
	}
	return strings.Join(names, ", ") + " are"
}

// unsetHint says how an argument of FROM gets a value.
func (f *File) unsetHint(name string) string {
	var global []string
	for i := range f.globals {
		for _, a := range f.globals[i].Args {
			global = append(global, a.Key)
		}
	}
	switch near := nearestArg(name, append(slices.Clone(global), platformNames()...)); {
	case slices.Contains(global, name):
		return "set " + name + " under build.args, or give it a default: ARG " + name + "=…"
	case slices.Contains(f.Declared(), name):
		return "move ARG " + name + " before the first FROM; inside a stage, FROM does not see it"
	case near != "":
		return "did you mean " + near + "?"
	}
	return "write ARG " + name + "=… before the first FROM, and set it under build.args"
}

// nearestArg is failure.Nearest for names in upper case.
func nearestArg(name string, candidates []string) string {
	lower := make([]string, len(candidates))
	for i, c := range candidates {
		lower[i] = strings.ToLower(c)
	}
	if i := slices.Index(lower, failure.Nearest(name, lower)); i >= 0 {
		return candidates[i]
	}
	return ""
}

func (f *File) nameHint(came string) string {
	if lower := strings.ToLower(came); lower != came {
		if slices.Contains(f.Stages(), lower) || valid(lower) {
			return "write it in lower case: " + lower
		}
	}
	return "write an image as name:tag, or the name of a stage before this one"
}
