package plan

import (
	"maps"
	"slices"
)

// FillVolumes copies what a snapshot keeps into volumes that the project's services
// have not used yet.
type FillVolumes struct {
	step

	Digest  string
	Volumes map[string]string // names on the engine by keys of the Compose files
}

// Kind is fill_volumes.
func (FillVolumes) Kind() string { return "fill_volumes" }

// Verb is to fill.
func (FillVolumes) Verb() Verb { return Verb{Doing: "filling", Done: "filled"} }

// Object is the volumes.
func (a FillVolumes) Object() Object {
	return Object{Noun: "volumes", Names: slices.Sorted(maps.Keys(a.Volumes))}
}

// Phase is what a stack waits for before any of its services starts.
func (FillVolumes) Phase(string) string { return "fill volumes" }
