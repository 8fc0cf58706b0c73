package environ

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// ScaffoldTemplate extends a template, which may be empty, by the variables that
// are used and that it does not have, in the order of the uses: each with its
// default, guessed annotations, and where it is used. What is there stays, byte
// for byte; only a last line without a line break gets one. Variables of
// Compose, Docker and the shell itself are left out. added are the names.
// present are the values of today, by name: no type is guessed that one is not of.
//
// A default that is a secret does not go in: a value is generated instead. Nor
// does one that refers to other variables, as the default stays in force, nor
// one that not all uses have. What is passed on by its name stays a name.
func ScaffoldTemplate(existing dotenv.Document, uses []Usage, present map[string]string) (next dotenv.Document, added []string, err error) {
	if err := existing.Sound(); err != nil {
		return dotenv.Document{}, nil, err
	}
	lines := []string{}
	for _, name := range usedNames(uses) {
		if existing.Winner(name) >= 0 {
			continue
		}
		added = append(added, name)
		lines = append(append(lines, ""), scaffold(name, usesOf(name, uses), present[name])...)
	}
	if len(added) == 0 {
		return existing, nil, nil
	}
	return appendBlocks(existing, lines, added)
}

// ScaffoldProject adds the variable of the project's name to a template that
// has it not.
func ScaffoldProject(existing dotenv.Document) (dotenv.Document, error) {
	if err := existing.Sound(); err != nil || existing.Winner(ProjectVariable) >= 0 {
		return existing, err
	}
	next, _, err := appendBlocks(existing, []string{"",
		"# What containers, networks and volumes belong to; each environment has its own. [" + string(Project) + "]",
		ProjectVariable + "="}, []string{ProjectVariable})
	return next, err
}

// HasTemplate reports whether any of the uses belongs into a template.
func HasTemplate(uses []Usage) bool { return len(usedNames(uses)) > 0 }

func appendBlocks(existing dotenv.Document, lines, added []string) (dotenv.Document, []string, error) {
	if strings.TrimSpace(strings.TrimPrefix(existing.String(), dotenv.ByteOrderMark)) == "" {
		lines = slices.Concat(scaffoldHead, lines)
	}
	next, ok := existing.Insert(existing.End(), lines...)
	if !ok {
		return dotenv.Document{}, nil, failure.New(failure.Unexpected, "extend the template: its lines run into each other").
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
		if dotenv.IsShellName(u.Variable) && !IsReserved(u.Variable) && !IsAmbient(u.Variable) && !slices.Contains(names, u.Variable) {
			names = append(names, u.Variable)
		}
	}
	return names
}

func usesOf(name string, uses []Usage) []Usage {
	return slices.DeleteFunc(slices.Clone(uses), func(u Usage) bool { return u.Variable != name })
}

// scaffold is a comment line and the variable. A name alone leaves it as it is
// without a line, where an empty value would be another thing, or a new secret
// would take the place of the default.
func scaffold(name string, uses []Usage, present string) []string {
	value, note, agree := defaultOf(uses)
	words := guess(name, value, present, uses)
	isSecret := slices.Contains(words, "[secret]")
	if isSecret && value != "" {
		value, note = "", ""
	}
	line := strings.TrimSuffix(dotenv.NewAssignment(name, value, "\n"), "\n")
	comment := "# " + places(uses) + "." + note
	if len(words) > 0 {
		comment += " " + strings.Join(words, " ")
	}
	bare := isSecret && slices.ContainsFunc(uses, func(u Usage) bool { return u.HasDefault && u.Default != "" }) ||
		!isSecret && !agree || slices.ContainsFunc(uses, Usage.tellsEmpty)
	if value == "" && bare {
		line = name
	}
	return []string{comment, line}
}

// tellsEmpty: an empty value is not the same there as none.
func (u Usage) tellsEmpty() bool {
	return u.ByName || !u.EmptyIsMissing && (u.Alternative || u.HasDefault && u.Default != "")
}

// defaultOf is the default that all the uses have, as a plain value, and what
// there is to say where they have no such one. agree is false where what a value
// would change at one place is right at another.
func defaultOf(uses []Usage) (value, note string, agree bool) {
	var defaults []string
	refers := false
	for _, u := range uses {
		refers = refers || strings.Contains(strings.ReplaceAll(u.Default, "$$", ""), "$") || strings.ContainsAny(u.Default, "\n\r")
		if text := u.alone(); !slices.Contains(defaults, text) {
			defaults = append(defaults, text)
		}
	}
	switch {
	case len(defaults) > 1:
		return "", " Left unset: the places that read it do not have one default.", false
	case refers:
		return "", " Without a value, the default in the Compose file holds.", true
	}
	return strings.ReplaceAll(uses[0].Default, "$$", "$"), "", true
}

// alone is what the place comes to without a value; what is in no other one, for
// a name that is passed on and for a text in place of a value.
func (u Usage) alone() string {
	switch {
	case u.ByName:
		return "by name"
	case u.Alternative:
		return "alternative"
	case u.Required:
		return "required" // without a value nothing loads: any default is right
	}
	return "default " + u.Default
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
