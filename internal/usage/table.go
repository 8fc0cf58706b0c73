// Package usage knows the words of a call: which targets a program has, what
// they take, and what was meant where a word is none of these. It makes a call
// into what Mage understands, or refuses it before anything runs, and it writes
// the help and the list. What there is comes from a table that the launcher
// writes when it builds the program, as only Mage's own generated code knows it.
// It imports failure and report.
package usage

import (
	"slices"
	"strconv"
	"strings"
)

// Table is what a program has, in the order of the names.
type Table struct {
	Targets []Target
	// Aliases are other names of targets, in small letters.
	Aliases map[string]string
}

// Target is one target and what it takes.
type Target struct {
	Name      string // as Mage lists it: infra:up
	Package   string // import path of what has it, "" for the magefile itself
	Arguments []Word
	Flags     []Word

	synopsis, comment, docs string // Go's literals: they are read where they are shown
}

// Word is an argument or a flag.
type Word struct {
	Name string // in small letters, as Mage compares it
	Type string // string, int, float64, bool or duration
}

// Parse reads a table: a line for each target with its name, package, arguments
// and flags as NAME:TYPE and -NAME:TYPE, and as Go's literals what Mage says of
// it: synopsis, comment, flags; or a line with another name and a target's.
// The columns are separated by tabs. A line that is none of these is left out.
func Parse(text string) Table {
	t := Table{Aliases: map[string]string{}}
	for line := range strings.Lines(text) {
		switch columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); len(columns) {
		case 2:
			t.Aliases[columns[0]] = columns[1]
		case 6:
			t.Targets = append(t.Targets, parseTarget(columns))
		}
	}
	slices.SortFunc(t.Targets, func(a, b Target) int { return strings.Compare(a.Name, b.Name) })
	return t
}

func parseTarget(columns []string) Target {
	t := Target{Name: columns[0], Package: columns[1], synopsis: columns[3], comment: columns[4], docs: columns[5]}
	for word := range strings.FieldsSeq(columns[2]) {
		name, kind, _ := strings.Cut(word, ":")
		if flag, ok := strings.CutPrefix(name, "-"); ok {
			t.Flags = append(t.Flags, Word{flag, kind})
		} else {
			t.Arguments = append(t.Arguments, Word{name, kind})
		}
	}
	return t
}

func unquote(literal string) string {
	text, _ := strconv.Unquote(literal)
	return text
}

// flagDocs reads what Mage prints of flags: -name=<type>  what it is.
func (t Target) flagDocs() map[string]string {
	docs := map[string]string{}
	for line := range strings.Lines(unquote(t.docs)) {
		flag, doc, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name, _, ok := strings.Cut(flag, "="); ok {
			docs[strings.ToLower(strings.TrimPrefix(name, "-"))] = strings.TrimSpace(doc)
		}
	}
	return docs
}

// Find is the target of a name or an alias, whatever its case, or nil.
func (t Table) Find(name string) *Target {
	name = strings.ToLower(name)
	if of, ok := t.Aliases[name]; ok {
		name = strings.ToLower(of)
	}
	for i := range t.Targets {
		if strings.EqualFold(t.Targets[i].Name, name) {
			return &t.Targets[i]
		}
	}
	return nil
}

// Namespace is what stands before the colon of a target's name; "" where there
// is none.
func (t Target) Namespace() string {
	at := strings.LastIndexByte(t.Name, ':')
	return t.Name[:max(0, at)]
}

// in are the targets of a namespace.
func (t Table) in(namespace string) (list []Target) {
	for _, target := range t.Targets {
		if strings.EqualFold(target.Namespace(), namespace) {
			list = append(list, target)
		}
	}
	return list
}

func (t Target) flag(name string) *Word {
	for i := range t.Flags {
		if strings.EqualFold(t.Flags[i].Name, name) {
			return &t.Flags[i]
		}
	}
	return nil
}
