// Package manifest is what a plugin says of itself: read, checked and kept. It
// imports failure and the contract.
package manifest

import (
	"cmp"
	"strings"
	"time"
)

// Manifest is what a plugin says of itself: plugin.proto explains the fields.
type Manifest struct {
	Name         string       `json:"name"`
	Version      string       `json:"version"`
	APIMin       int          `json:"api_min"`
	APIMax       int          `json:"api_max"`
	Summary      string       `json:"summary"`
	Docs         string       `json:"docs"`
	Capabilities []string     `json:"capabilities"`
	Services     []Service    `json:"services"`
	Variables    []Variable   `json:"variables"`
	Endpoints    []Endpoint   `json:"endpoints"`
	Commands     []Command    `json:"commands"`
	Hooks        []Hook       `json:"hooks"`
	Permissions  []Permission `json:"permissions"`
	// PlainText plugins know no TLS; it is found out, not said.
	PlainText bool `json:"plain_text,omitempty"`
}

// Service is a service of the fragment.
type Service struct {
	Name     string `json:"name"`
	Summary  string `json:"summary"`
	Probed   bool   `json:"probed"`
	Optional bool   `json:"optional"`
}

// Variable is one that the plugin or its fragment reads.
type Variable struct {
	Name     string `json:"name"`
	Summary  string `json:"summary"`
	Type     string `json:"type"`
	Default  string `json:"default"`
	Required bool   `json:"required"`
	Secret   bool   `json:"secret"`
	Generate int    `json:"generate"`
}

// Endpoint is a container port of a service.
type Endpoint struct {
	Name    string `json:"name"`
	Service string `json:"service"`
	Port    uint16 `json:"port"`
	Scheme  string `json:"scheme"`
}

// Command becomes the target PLUGIN:NAME.
type Command struct {
	Name      string     `json:"name"`
	Summary   string     `json:"summary"`
	Arguments []Argument `json:"arguments"`
	Flags     []Flag     `json:"flags"`
	Endless   bool       `json:"endless"`
}

// Usage is the command as it is typed: kafka:create NAME [-partitions=1].
func (c Command) Usage(plugin string) string {
	words := []string{plugin + ":" + c.Name}
	for _, a := range c.Arguments {
		words = append(words, strings.ToUpper(a.Name))
	}
	for _, f := range c.Flags {
		text := "-" + f.Name
		if f.Type != "bool" {
			text += "=" + cmp.Or(f.Default, f.Type)
		}
		words = append(words, "["+text+"]")
	}
	return strings.Join(words, " ")
}

// Argument is positional and required.
type Argument struct {
	Name    string `json:"name"`
	Summary string `json:"summary"`
}

// Flag is optional; Type is string, bool, int or duration.
type Flag struct {
	Name    string `json:"name"`
	Summary string `json:"summary"`
	Type    string `json:"type"`
	Default string `json:"default"`
}

// Hook runs at a phase: pre_up, post_ready or pre_down.
type Hook struct {
	Phase   string        `json:"phase"`
	Summary string        `json:"summary"`
	Timeout time.Duration `json:"timeout"`
}

// Permission is a key that a fragment needs, and why.
type Permission struct {
	Key    string `json:"key"`
	Reason string `json:"reason"`
}

// Can says whether the plugin has a capability.
func (m Manifest) Can(capability string) bool {
	for _, c := range m.Capabilities {
		if c == capability {
			return true
		}
	}
	return false
}
