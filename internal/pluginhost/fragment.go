package pluginhost

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// Codes of what can be wrong with a fragment.
const (
	codeFragment   = "FRAGMENT_INVALID"
	codeKey        = "FRAGMENT_KEY_REFUSED"
	codeService    = "FRAGMENT_SERVICE"
	codeVariable   = "FRAGMENT_VARIABLE_UNDECLARED"
	codePermission = "FRAGMENT_PERMISSION"
)

// finding is a diagnostic, and the permission that would lift it.
type finding struct {
	Diagnostic
	key string
}

// checker walks one fragment. What Compose would accept and this does not know
// is refused: a new key of Compose may be a new way out of the container.
type checker struct {
	bounds
	manifest Manifest
	own      map[string]map[string]any
	found    []finding
}

// bounds are what one fragment may reach for.
type bounds struct {
	granted          []string // permissions
	foreignVariables []string // those that need one
	root, dir        string   // the repository, and what relative paths are relative to
	places           Places   // what is private there
}

// CheckFragment says what is wrong with a plugin's Compose file before it is
// merged: it may hold the manifest's services only, name the manifest's
// variables only, and nothing that reaches out of its containers but with a
// granted permission. Paths are relative to root.
func CheckFragment(fragment []byte, m Manifest, granted []string, root string) []Diagnostic {
	var list []Diagnostic
	for _, f := range checkFragment(fragment, m, bounds{granted: granted, root: root, dir: root}) {
		list = append(list, f.Diagnostic)
	}
	return list
}

func checkFragment(fragment []byte, m Manifest, b bounds) []finding {
	c := &checker{bounds: b, manifest: m, own: map[string]map[string]any{}}
	tree, err := readFragment(fragment)
	if err != nil {
		c.report(codeFragment, "", err.Error())
		return c.found
	}
	c.top(tree)
	c.variables(tree)
	return c.found
}

// report is for what only the plugin's author can mend.
func (c *checker) report(code, path, summary string) {
	c.found = append(c.found, finding{Diagnostic: Diagnostic{Code: code, Path: path, Summary: summary, Hint: "this is a defect of the plugin: tell its author"}})
}

// need asks for a permission.
func (c *checker) need(path, key string) {
	if covered(c.granted, key) {
		return
	}
	d := Diagnostic{Code: codePermission, Path: path, Summary: fmt.Sprintf("%s needs the permission %s", path, key)}
	if pluginv1.IsPermission(key) {
		d.Hint = "mage plugin:add MODULE@VERSION -grant=" + key
	} else {
		key = ""
	}
	c.found = append(c.found, finding{Diagnostic: d, key: key})
}

// refuse is for what no permission allows.
func (c *checker) refuse(path, why string) {
	c.report(codeKey, path, path+": "+why)
}

var topKeys = []string{"services", "volumes", "networks", "configs", "secrets"}

func (c *checker) top(tree map[string]any) {
	for _, key := range topKeys {
		c.own[key], _ = tree[key].(map[string]any)
	}
	for _, key := range sorted(tree) {
		switch {
		case strings.HasPrefix(key, "x-"), key == "version":
		case !slices.Contains(topKeys, key):
			c.refuse(key, "a fragment has services, volumes, networks, configs and secrets only")
		case tree[key] != nil && c.own[key] == nil:
			c.report(codeFragment, key, key+" is no mapping")
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
func (c *checker) each(section string, check func(at, name string, entry map[string]any)) {
	for _, name := range sorted(c.own[section]) {
		at := section + "." + name
		entry, isMap := c.own[section][name].(map[string]any)
		if !isMap && c.own[section][name] != nil {
			c.report(codeFragment, at, at+" is no mapping")
			continue
		}
		check(at, name, entry)
	}
}

func (c *checker) services() {
	for _, s := range c.manifest.Services {
		if _, there := c.own["services"][s.Name]; !there && !s.Optional {
			c.report(codeService, "services."+s.Name, fmt.Sprintf("the manifest's service %q is missing", s.Name))
		}
	}
	c.each("services", func(at, name string, entry map[string]any) {
		if !slices.ContainsFunc(c.manifest.Services, func(s Service) bool { return s.Name == name }) {
			c.report(codeService, at, fmt.Sprintf("the service %q is not in the manifest", name))
		}
		c.service(at, entry)
	})
}

// owns says whether the fragment itself defines name.
func (c *checker) owns(section, name string) bool {
	_, there := c.own[section][name]
	return there
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
