package environ

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// ScaffoldTemplate extends a template, which may be empty, by the variables that
// are used and that it does not have, in the order of the uses: each with its
// default, guessed annotations, and where it is used. What is there stays, byte
// for byte; only a last line without a line break gets one. Variables of
// Compose, Docker and the shell itself are left out. added are the names.
//
// A default that is a secret does not go in: a value is generated instead. Nor
// does one that refers to other variables, as the default stays in force.
func ScaffoldTemplate(existing Document, uses []Usage) (next Document, added []string, err error) {
	if err := existing.sound(); err != nil {
		return Document{}, nil, err
	}
	lines := []string{}
	for _, name := range usedNames(uses) {
		if existing.winner(name) >= 0 {
			continue
		}
		added = append(added, name)
		lines = append(append(lines, ""), scaffold(name, usesOf(name, uses))...)
	}
	if len(added) == 0 {
		return existing, nil, nil
	}
	return appendBlocks(existing, lines, added)
}

// HasTemplate reports whether any of the uses belongs into a template.
func HasTemplate(uses []Usage) bool { return len(usedNames(uses)) > 0 }

func appendBlocks(existing Document, lines, added []string) (Document, []string, error) {
	lineBreak, end := existing.lineBreak(), existing.end()
	if strings.TrimSpace(strings.TrimPrefix(existing.String(), byteOrderMark)) == "" {
		lines = slices.Concat(scaffoldHead, lines)
	}
	for i := range lines {
		lines[i] += lineBreak
	}
	next, ok := assemble(insertLines(existing.texts(), end, lineBreak, lines...))
	if !ok {
		return Document{}, nil, failure.New(failure.Unexpected, "extend the template: its lines run into each other").
			WithHint("this is a defect of Spellbook: please report the form of the template")
	}
	return next, added, nil
}

var scaffoldHead = []string{
	"# The variables of this project, and what they may be. `mage env:local` makes env/.env.local from this file; values",
	"# are changed there. The words in square brackets above a variable are checked by `mage env:check`.",
}

// usedNames are the variables that belong into a template, each once.
func usedNames(uses []Usage) []string {
	var names []string
	for _, u := range uses {
		if shellName.MatchString(u.Variable) && !isReserved(u.Variable) && !isAmbient(u.Variable) && !slices.Contains(names, u.Variable) {
			names = append(names, u.Variable)
		}
	}
	return names
}

func usesOf(name string, uses []Usage) []Usage {
	return slices.DeleteFunc(slices.Clone(uses), func(u Usage) bool { return u.Variable != name })
}

// scaffold is a comment line and the variable.
func scaffold(name string, uses []Usage) []string {
	value, note := defaultOf(uses)
	words := guess(name, value, uses)
	if slices.ContainsFunc(words, func(w string) bool { return w == "[secret]" }) {
		value, note = "", ""
	}
	line := strings.TrimSuffix(newAssignment(name, value, "\n"), "\n")
	comment := "# " + places(uses) + "." + note
	if len(words) > 0 {
		comment += " " + strings.Join(words, " ")
	}
	if value == "" && !slices.Contains(words, generatedLength) && slices.ContainsFunc(uses, Usage.losesDefault) {
		line = name
	}
	return []string{comment, line}
}

// losesDefault: an empty value would take the place of the default, so that a
// bare name has to stand in the template, which leaves it in force.
func (u Usage) losesDefault() bool { return u.HasDefault && !u.EmptyIsMissing && u.Default != "" }

// defaultOf is the first default that is a plain value, and what else there is
// to say of the defaults.
func defaultOf(uses []Usage) (value, note string) {
	found := false
	for _, u := range uses {
		plain := strings.ReplaceAll(u.Default, "$$", "")
		switch {
		case !u.HasDefault || strings.ContainsAny(u.Default, "\n\r"):
		case strings.Contains(plain, "$"):
			note = " Without a value, the default in the Compose file holds."
		case !found:
			value, found = strings.ReplaceAll(u.Default, "$$", "$"), true
		case strings.ReplaceAll(u.Default, "$$", "$") != value:
			note = " The defaults in the Compose files differ."
		}
	}
	return value, note
}

// places says where a variable is used: by which services, and in which file first.
func places(uses []Usage) string {
	var services []string
	for _, u := range uses {
		if u.Service != "" && !slices.Contains(services, u.Service) {
			services = append(services, u.Service)
		}
	}
	place := "in " + uses[0].File
	if len(services) > 0 {
		place = fmt.Sprintf("by %s (%s)", enumerate(services), uses[0].File)
	}
	return "Used " + strings.NewReplacer("[", "(", "]", ")", "\n", " ", "\r", " ").Replace(place)
}

func enumerate(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
