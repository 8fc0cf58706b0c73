package plan

import (
	"cmp"
	"fmt"
	"strings"
)

// StartContainers starts the containers of a service over the Engine API.
type StartContainers struct{ Names []string }

// StopContainers stops containers, each with its own grace.
type StopContainers struct {
	Names   []string
	PreStop int // how many hooks of the step's service run in each first
}

// RemoveContainers removes stopped or running containers.
type RemoveContainers struct {
	Names   []string
	Volumes bool // their anonymous volumes too
}

// RenameContainer gives a container another name.
type RenameContainer struct{ Name, To string }

const containers = "containers"

var started = Verb{Doing: "starting", Done: "started", Instant: true}

// Describe counts replicas.
func (a StartContainers) Describe() string { return replicas(a.Names) }

// Kind is start.
func (StartContainers) Kind() string { return "start" }

// Verb is to start.
func (StartContainers) Verb() Verb { return started }

// Lane is that of starts.
func (StartContainers) Lane() Lane { return LaneStart }

// Object is the containers.
func (a StartContainers) Object() Object { return containersOf(a.Names) }

// Phase is none: a start is part of its service's life.
func (StartContainers) Phase(string) string { return "" }

// Describe counts replicas, and the hooks.
func (a StopContainers) Describe() string {
	words := replicas(a.Names)
	if a.PreStop > 0 {
		words = strings.TrimPrefix(words+", after pre_stop", ", ")
	}
	return words
}

// Kind is stop.
func (StopContainers) Kind() string { return "stop" }

// Verb is to stop.
func (StopContainers) Verb() Verb { return Verb{Doing: "stopping", Done: "stopped"} }

// Lane is the ordinary one.
func (StopContainers) Lane() Lane { return LaneWork }

// Object is the containers.
func (a StopContainers) Object() Object { return containersOf(a.Names) }

// Phase says whose containers.
func (StopContainers) Phase(service string) string { return "stop " + cmp.Or(service, containers) }

// Describe counts replicas.
func (a RemoveContainers) Describe() string { return replicas(a.Names) }

// Kind is remove_containers.
func (RemoveContainers) Kind() string { return "remove_containers" }

// Verb is to remove.
func (RemoveContainers) Verb() Verb { return removed }

// Lane is the ordinary one.
func (RemoveContainers) Lane() Lane { return LaneWork }

// Object is the containers.
func (a RemoveContainers) Object() Object { return containersOf(a.Names) }

// Phase says whose containers.
func (RemoveContainers) Phase(service string) string { return "remove " + cmp.Or(service, containers) }

// Describe says how it is called then.
func (a RenameContainer) Describe() string { return "to " + a.To }

// Kind is rename.
func (RenameContainer) Kind() string { return "rename" }

// Verb is to rename.
func (RenameContainer) Verb() Verb {
	return Verb{Doing: "renaming", Done: "renamed", Instant: true}
}

// Lane is the ordinary one.
func (RenameContainer) Lane() Lane { return LaneWork }

// Object is the container.
func (a RenameContainer) Object() Object { return containersOf([]string{a.Name}) }

// Phase is none: it takes no time.
func (RenameContainer) Phase(string) string { return "" }

func containersOf(names []string) Object { return Object{Noun: containers, Containers: names} }

func replicas(names []string) string {
	if len(names) < 2 {
		return ""
	}
	return fmt.Sprintf("%d replicas", len(names))
}
