// Package pluginhost finds a repository's plugins, builds and verifies them,
// keeps what they said of themselves, and calls them. It imports the contract
// (plugins/sdk/pluginv1), process, host and the leaves; nothing of project,
// docker or workflow.
package pluginhost

import (
	"context"
	"errors"
	"time"
)

// Host is where one repository's plugins come from.
type Host struct {
	Root    string   // the repository: plugins/NAME, plugins/plugins.lock
	Module  string   // Spellbook's own module: plugins/NAME of the built-in ones
	Cache   string   // of this machine: binaries, manifests, fragments
	Environ []string // for go build; a plugin gets nothing of it but PATH, HOME, TMPDIR and LANG
	Locked  bool     // what is not in the lock is refused: -locked, or CI=true
	Log     func(Line)
	Now     func() time.Time
}

// Line is a log line of a plugin.
type Line struct {
	Plugin, Level, Message string
	Fields                 map[string]string
}

// Kind is how a plugin gets here.
type Kind string

// The kinds, in the order in which a name is looked up. One name in two of
// them is an error.
const (
	Project Kind = "project"  // plugins/NAME of the repository, built from source
	Module  Kind = "module"   // a Go module at a version, in the lock
	Binary  Kind = "binary"   // a file with a sha256, in the lock
	BuiltIn Kind = "built-in" // Spellbook's own, built from source
)

// Plugin is one that is built, verified and has said what it is.
type Plugin struct {
	Manifest Manifest
	Kind     Kind
	Source   string // a directory, MODULE@VERSION or a path
	Binary   string // the verified file
	Sum      string // its sha256, hex
}

// Resolve builds what changed, verifies everything against the lock, and gives
// the plugins in the order of names. Where nothing changed no process starts.
func (h *Host) Resolve(ctx context.Context, names []string) ([]*Plugin, error) {
	return nil, errors.New("pluginhost: not built yet")
}

// Known are the names that Resolve can find, sorted.
func (h *Host) Known() ([]Entry, error) { return nil, nil }

// Entry is a plugin that could be used.
type Entry struct {
	Name   string
	Kind   Kind
	Source string
}

// Render is the plugin's Compose fragment for values, checked and kept by the
// binary and the values: no process starts for one that is known.
func (h *Host) Render(ctx context.Context, p *Plugin, project string, config map[string]string) ([]byte, []Diagnostic, error) {
	return nil, nil, errors.New("pluginhost: not built yet")
}

// Diagnostic is a finding of a plugin or about its fragment.
type Diagnostic struct {
	Warning                   bool
	Code, Summary, Path, Hint string
}
