package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
)

// reference is an escaped dollar sign, or the beginning of a reference, also
// within another's default.
var reference = lazyregexp.New(`\$\$|\$\{?([A-Za-z_][A-Za-z0-9_]*)`)

// variable says whether interpolation could make something else of a text.
func variable(s string) bool { return strings.Contains(strings.ReplaceAll(s, "$$", ""), "$") }

// variables looks for references to undeclared variables in all values.
func (c *Checker) variables(tree map[string]any) {
	for _, key := range Sorted(tree) {
		c.references(key, tree[key])
	}
}

func (c *Checker) references(at string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range Sorted(v) {
			c.references(at+"."+key, v[key])
		}
	case []any:
		for i, item := range v {
			c.references(fmt.Sprintf("%s[%d]", at, i), item)
		}
	case string:
		for _, match := range reference.FindAllStringSubmatch(v, -1) {
			if match[1] != "" {
				c.declared(at, match[1])
			}
		}
	}
}

// declared reports a variable that is not in the manifest, or that is not the
// plugin's own: it would see a value that was meant for others.
func (c *Checker) declared(at, name string) {
	known := func(v manifest.Variable) bool { return v.Name == name }
	switch {
	case name == "COMPOSE_PROJECT_NAME":
		return
	case slices.Contains(c.ForeignVariables, name):
		c.need(at, manifest.ReadsKey(name))
		return
	case slices.ContainsFunc(c.manifest.Variables, known):
		return
	}
	c.report(CodeVariable, at, fmt.Sprintf("%s names the variable %q, which the manifest does not declare", at, manifest.Printable(name)))
}

// handedOn are names without values, which Compose takes from the environment.
func (c *Checker) handedOn(at string, value any) {
	for _, e := range entries(value) {
		name, _, _ := strings.Cut(e.name, "=")
		switch {
		case variable(name): // it may become a bare name
			c.refuse(at, "a name that is made of a variable")
		case e.bare:
			c.declared(at, name)
		}
	}
}

type entry struct {
	name string
	bare bool // without a value
}

// entries are those of NAME=value lists and of mappings.
func entries(value any) []entry {
	var list []entry
	switch v := value.(type) {
	case map[string]any:
		for _, name := range Sorted(v) {
			list = append(list, entry{name: name, bare: v[name] == nil})
		}
	case []any:
		for _, item := range v {
			s := Text(item)
			list = append(list, entry{name: s, bare: !strings.Contains(s, "=")})
		}
	}
	return list
}
