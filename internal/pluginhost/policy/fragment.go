// Package policy judges the Compose fragment of a plugin: what it may have by
// the permissions that were granted, and what nobody may. It imports manifest.
package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// Codes of what can be wrong with a fragment.
const (
	CodeFragment   = "FRAGMENT_INVALID"
	CodeKey        = "FRAGMENT_KEY_REFUSED"
	CodeService    = "FRAGMENT_SERVICE"
	CodeVariable   = "FRAGMENT_VARIABLE_UNDECLARED"
	CodePermission = "FRAGMENT_PERMISSION"
)

// Finding is a diagnostic, and the permission that would lift it.
type Finding struct {
	manifest.Diagnostic
	Key string
}

// Checker walks one fragment. What Compose would accept and this does not know
// is refused: a new key of Compose may be a new way out of the container.
type Checker struct {
	Bounds
	manifest manifest.Manifest
	own      map[string]map[string]any
	found    []Finding
}

// Bounds are what one fragment may reach for.
type Bounds struct {
	Granted          []string // permissions
	ForeignVariables []string // those that need one
	Root, Dir        string   // the repository, and what relative paths are relative to
	Places           Places   // what is private there
}

// CheckFragment says what is wrong with a plugin's Compose file before it is
// merged: it may hold the manifest's services only, name the manifest's
// variables only, and nothing that reaches out of its containers but with a
// granted permission. Paths are relative to root.
func CheckFragment(fragment []byte, m manifest.Manifest, granted []string, root string) []manifest.Diagnostic {
	var list []manifest.Diagnostic
	for _, f := range CheckWithin(fragment, m, Bounds{Granted: granted, Root: root, Dir: root}) {
		list = append(list, f.Diagnostic)
	}
	return list
}

// CheckWithin is CheckFragment with what was granted.
func CheckWithin(fragment []byte, m manifest.Manifest, b Bounds) []Finding {
	c := &Checker{Bounds: b, manifest: m, own: map[string]map[string]any{}}
	tree, err := ReadFragment(fragment)
	if err != nil {
		c.report(CodeFragment, "", err.Error())
		return c.found
	}
	c.top(tree)
	c.variables(tree)
	return c.found
}

// report is for what only the plugin's author can mend.
func (c *Checker) report(code, path, summary string) {
	c.found = append(c.found, Finding{Diagnostic: manifest.Diagnostic{Code: code, Path: path, Summary: summary, Hint: "this is a defect of the plugin: tell its author"}})
}

// need asks for a permission.
func (c *Checker) need(path, key string) {
	if Covered(c.Granted, key) {
		return
	}
	d := manifest.Diagnostic{Code: CodePermission, Path: path, Summary: fmt.Sprintf("%s needs the permission %s", path, key)}
	if pluginv1.IsPermission(key) {
		d.Hint = "mage plugin:add MODULE@VERSION -grant=" + key
	} else {
		key = ""
	}
	c.found = append(c.found, Finding{Diagnostic: d, Key: key})
}

// refuse is for what no permission allows.
func (c *Checker) refuse(path, why string) {
	c.report(CodeKey, path, path+": "+why)
}

var topKeys = []string{"services", "volumes", "networks", "configs", "secrets"}

func (c *Checker) top(tree map[string]any) {
	for _, key := range topKeys {
		c.own[key], _ = tree[key].(map[string]any)
	}
	for _, key := range Sorted(tree) {
		switch {
		case strings.HasPrefix(key, "x-"), key == "version":
		case !slices.Contains(topKeys, key):
			c.refuse(key, "a fragment has services, volumes, networks, configs and secrets only")
		case tree[key] != nil && c.own[key] == nil:
			c.report(CodeFragment, key, key+" is no mapping")
		}
	}
	c.services()
	c.each("volumes", c.volume)
	c.each("networks", c.network)
	c.each("configs", c.file)
	c.each("secrets", c.file)
}

// each calls check with every entry of a section; an empty entry is an empty
// mapping.
func (c *Checker) each(section string, check func(at, name string, entry map[string]any)) {
	for _, name := range Sorted(c.own[section]) {
		at := section + "." + name
		entry, isMap := c.own[section][name].(map[string]any)
		if !isMap && c.own[section][name] != nil {
			c.report(CodeFragment, at, at+" is no mapping")
			continue
		}
		check(at, name, entry)
	}
}

func (c *Checker) services() {
	for _, s := range c.manifest.Services {
		if _, there := c.own["services"][s.Name]; !there && !s.Optional {
			c.report(CodeService, "services."+s.Name, fmt.Sprintf("the manifest's service %q is missing", s.Name))
		}
	}
	c.each("services", func(at, name string, entry map[string]any) {
		if !slices.ContainsFunc(c.manifest.Services, func(s manifest.Service) bool { return s.Name == name }) {
			c.report(CodeService, at, fmt.Sprintf("the service %q is not in the manifest", name))
		}
		c.service(at, entry)
	})
}

// owns says whether the fragment itself defines name.
func (c *Checker) owns(section, name string) bool {
	_, there := c.own[section][name]
	return there
}

// Sorted are the keys of a map in order.
func Sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
