package project

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

var inQuotes = lazyregexp.New(`'([^']*)'`)

// unknownKey: the schema has no such key at that path.
func unknownKey(l *locator, m []string) (mistake, bool) {
	l = l.in(m[1])
	parts := split(m[2])
	path, key := m[2], ""
	if found := inQuotes.FindStringSubmatch(m[3]); found != nil {
		key = found[1]
	} else if len(parts) > 1 {
		path, key = strings.Join(parts[:len(parts)-1], "."), parts[len(parts)-1]
	}
	switch path {
	case "services", "volumes", "networks", "secrets", "configs":
		return mistake{l.path(path + "." + key), fmt.Sprintf("%q cannot be a name in %s", key, path),
			"use letters, digits, dots, hyphens and underscores"}, true
	}
	return l.unknown(path, key), true
}

// unknown names every unknown key beside the one that compose-go picked, which
// is another one each time.
func (l *locator) unknown(path, key string) mistake {
	allowed := schemaKeys(split(path))
	at, all := l.path(strings.Trim(path+"."+key, ".")), []string{key}
	if found := l.unknownKeys(path, allowed); slices.ContainsFunc(found, func(h hit) bool { return h.key.Value == key }) {
		at, all = l.place(found[0]), all[:0]
		for _, h := range found {
			all = append(all, h.key.Value)
		}
	}
	var meant []string
	for _, key := range all {
		if near := failure.Nearest(key, allowed); near != "" {
			meant = append(meant, near)
		}
	}
	where, word, hint := "in "+path, "key", "remove it, or let its name start with x-"
	if path == "" {
		where = "at the top level"
	}
	if len(all) > 1 {
		word, hint = "keys", "remove them, or let their names start with x-"
	}
	if len(meant) > 0 {
		hint = "did you mean " + quoted(meant) + "?"
	}
	return mistake{at, "unknown " + word + " " + quoted(all) + " " + where, hint}
}

// unknownKeys are the keys at path in the first file that has any unknown one.
func (l *locator) unknownKeys(path string, allowed []string) []hit {
	for _, s := range l.sources {
		found := slices.DeleteFunc(s.find(strings.Trim(path+".*", ".")), func(h hit) bool {
			return h.key == nil || h.key.Value == "<<" || strings.HasPrefix(h.key.Value, "x-") || slices.Contains(allowed, h.key.Value)
		})
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

var kinds = map[yaml.Kind]string{yaml.MappingNode: "a mapping", yaml.SequenceNode: "a list", yaml.ScalarNode: "a single value"}

var writeAs = map[string]string{
	"mapping": "write its keys on the lines below it, indented by two spaces",
	"array":   "write one item a line below it, each after a hyphen",
	"string":  "write one value, in quotes if it looks like something else",
}

// wrongType: text where keys belong, and the like.
func wrongType(l *locator, m []string) (mistake, bool) {
	path, want := m[2], strings.ReplaceAll(m[3], "array", "list")
	hint := writeAs[m[3]]
	if hint == "" {
		hint = "write a " + want
	}
	mistake := l.in(m[1]).value(path, "must be a "+want, hint)
	for _, h := range l.in(m[1]).find(path) {
		mistake.text = path + " must be a " + want + ", not " + kindOf(h.value)
	}
	return mistake, true
}

func kindOf(n *yaml.Node) string {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Tag == "!!null" {
		return "empty"
	}
	return kinds[n.Kind]
}

// notOneOf: a word that is none of those allowed.
func notOneOf(l *locator, m []string) (mistake, bool) {
	l = l.in(m[1])
	var allowed []string
	for _, found := range inQuotes.FindAllStringSubmatch(m[3], -1) {
		allowed = append(allowed, found[1])
	}
	slices.Sort(allowed)
	mistake := l.value(m[2], "must be one of "+strings.Join(allowed, ", "), "write one of these")
	for _, h := range l.find(m[2]) {
		if near := failure.Nearest(h.value.Value, allowed); near != "" && len(variables(h.value.Value)) == 0 {
			mistake.text = fmt.Sprintf("unknown %s %q", m[2][strings.LastIndex(m[2], ".")+1:], h.value.Value)
			mistake.text += " in " + m[2][:strings.LastIndex(m[2], ".")]
			mistake.hint = fmt.Sprintf("did you mean %q? There are %s", near, strings.Join(allowed, ", "))
		}
	}
	return mistake, true
}

// badPattern: a value of the wrong form. Two forms are known by heart.
func badPattern(l *locator, m []string) (mistake, bool) {
	hint := "write what matches " + m[4]
	switch {
	case strings.HasSuffix(m[2], ".pull_policy"):
		hint = "write always, missing, never, build, daily, weekly or every_12h"
	case strings.HasSuffix(m[2], ".container_name"):
		hint = "use two or more letters, digits, dots, hyphens and underscores"
	}
	return l.in(m[1]).value(m[2], fmt.Sprintf("cannot be %q", m[3]), hint), true
}

// otherValue is any other rule of the schema.
func otherValue(l *locator, m []string) (mistake, bool) {
	return l.in(m[1]).value(m[2], m[3], "correct the value"), true
}

// badOverride: two files disagree about what kind of thing an entry is.
func badOverride(l *locator, m []string) (mistake, bool) {
	found := l.all(m[1])
	if len(found) < 2 {
		return mistake{}, false
	}
	first, last := found[0], found[len(found)-1]
	return mistake{l.place(last), fmt.Sprintf("%s is %s here, and %s in %s", m[1], kindOf(last.value), kindOf(first.value), l.place(first)),
		"write it in the same form in both files"}, true
}
