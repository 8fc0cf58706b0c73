package pluginhost

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/policy"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// Standing is what a repository knows of a variable, whatever the manifest of a
// plugin says of it.
type Standing struct {
	Taken  bool // it is the repository's: its template, environments or Compose files had it first
	Shell  bool // only the shell of this machine has it
	Secret bool // it is marked so, or its value shows it
}

func (h *Host) standing(plugin, variable string) Standing {
	if h.Standing == nil {
		return Standing{}
	}
	return h.Standing(plugin, variable)
}

// isOwn: a plugin's own variables begin with its name, and nobody had them
// before it.
func (s Standing) isOwn(plugin, variable string) bool {
	return strings.HasPrefix(variable, strings.ToUpper(plugin)+"_") && !s.Taken && !s.Shell
}

// held is a manifest in which every secret is one: the repository's mark and a
// secret's name count more than what the plugin says. A type that no secret has
// speaks for a variable of the plugin's own.
func (h *Host) held(m manifest.Manifest) manifest.Manifest {
	m.Variables = slices.Clone(m.Variables)
	for i, v := range m.Variables {
		s := h.standing(m.Name, v.Name)
		named := secret.IsName(v.Name) && (isText(v) || !s.isOwn(m.Name, v.Name))
		m.Variables[i].Secret = v.Secret || s.Secret || named
	}
	return m
}

// isText: any text may be its value.
func isText(v manifest.Variable) bool {
	return slices.Contains([]string{"", "string", "url", "path", "host"}, v.Type)
}

// foreign are the variables of a manifest that need a grant.
func (h *Host) foreign(m manifest.Manifest) (names []string) {
	for _, v := range m.Variables {
		if !h.standing(m.Name, v.Name).isOwn(m.Name, v.Name) {
			names = append(names, v.Name)
		}
	}
	return names
}

// Reads are the variables that the plugin is given: its own, and those granted.
func (p *Plugin) Reads() []manifest.Variable {
	return slices.DeleteFunc(slices.Clone(p.Manifest.Variables), func(v manifest.Variable) bool { return p.isWithheld(v.Name) })
}

// Withheld are the variables that it declares and is not given.
func (p *Plugin) Withheld() (names []string) {
	for _, v := range p.Manifest.Variables {
		if p.isWithheld(v.Name) {
			names = append(names, v.Name)
		}
	}
	return names
}

func (p *Plugin) isWithheld(name string) bool {
	return slices.Contains(p.Foreign, name) && !policy.Covered(p.Granted, manifest.ReadsKey(name))
}

// Asks are the permissions that a plugin wants: those of its manifest, and one
// for each variable that is not its own.
func (p *Plugin) Asks() []manifest.Permission {
	list := slices.Clone(p.Manifest.Permissions)
	for _, v := range p.Manifest.Variables {
		if slices.Contains(p.Foreign, v.Name) {
			list = append(list, manifest.Permission{Key: manifest.ReadsKey(v.Name), Reason: v.Summary})
		}
	}
	return list
}

// asksFor says whether a key may be granted at all. Whose a variable is differs
// from machine to machine, as shells do: every declared one may be.
func asksFor(m manifest.Manifest, key string) bool {
	return slices.ContainsFunc(m.Permissions, func(p manifest.Permission) bool { return p.Key == key }) ||
		slices.ContainsFunc(m.Variables, func(v manifest.Variable) bool { return manifest.ReadsKey(v.Name) == key })
}

// reading tells people whose variable it is that a plugin would be given.
func reading(v manifest.Variable, s Standing) string {
	owner := "of nobody yet"
	switch {
	case s.Shell:
		owner = "of your shell"
	case s.Taken:
		owner = "of this repository"
	}
	if v.Secret {
		owner = "secret " + owner
	}
	return fmt.Sprintf("reads %s (%s)", v.Name, owner)
}
