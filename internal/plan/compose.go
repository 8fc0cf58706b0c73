package plan

import (
	"cmp"
	"slices"
	"strings"
)

// Compose runs the Compose CLI on the project's files: the word is the
// subcommand, for example {"create"} or {"up","-d","--no-deps"}.
type Compose struct {
	Argv []string // without "docker compose" and global flags
}

// command is the subcommand; an up that starts nothing is a create.
func (a Compose) command() string {
	switch {
	case len(a.Argv) == 0:
		return ""
	case a.Argv[0] == "up" && slices.Contains(a.Argv, "--no-start"):
		return "create"
	}
	return a.Argv[0]
}

// Describe names the Compose command.
func (a Compose) Describe() string { return "docker compose " + strings.Join(a.Argv, " ") }

// Kind is compose, whatever the command.
func (Compose) Kind() string { return "compose" }

// Verb is what the command comes to.
func (a Compose) Verb() Verb {
	switch a.command() {
	case "up":
		return started
	case "create":
		return Verb{Doing: "creating", Done: "created"}
	case "down":
		return Verb{Doing: "releasing", Done: "released"}
	case "stop":
		return Verb{Doing: "stopping", Done: "stopped"}
	case "build":
		return Verb{Doing: "building", Done: "built"}
	}
	return Verb{Doing: strings.TrimSpace("running compose " + a.command()), Done: "done"}
}

// Lane is that of what the command comes to.
func (a Compose) Lane() Lane {
	switch a.command() {
	case "up":
		return LaneStart
	case "create":
		return LaneCreate
	}
	return LaneWork
}

// Object is the containers, or images; which, is for Compose to find out.
func (a Compose) Object() Object {
	if a.command() == "build" {
		return Object{Noun: "images"}
	}
	return Object{Noun: containers}
}

// Phase is the command's.
func (a Compose) Phase(string) string { return cmp.Or(a.command(), "compose") }
