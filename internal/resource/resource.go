// Package resource has what an engine holds as plain values: containers, their
// ports, networks; and what the engine itself is. Planners and those who judge see these and never the engine's own
// types. It imports nothing of ours.
package resource

import "time"

// Container is one line of the engine's container list.
type Container struct {
	ID, Name, Service, Project string
	Number                     int
	// Image is the reference it was created from, or the image's ID once that
	// reference has moved to another image.
	Image, ImageID string
	// Reference is what it was created from where Image is an ID, if somebody has
	// asked for it.
	Reference string
	// SameContent: where Image is an ID, what the reference names now has the same
	// configuration: the containerd store gives it another ID for its attestations. Set by observe.
	SameContent bool
	ConfigHash  string
	Files       []string // the Compose files it was made from
	Dir         string   // the Compose project directory it was made from
	State       string   // created running paused restarting removing exited dead
	Status      string   // the engine's words: "Up 3 minutes (healthy)"
	Health      string   // "", starting, healthy, unhealthy
	ExitCode    int      // of an exited one
	Stopped     bool     // its end was asked for; set by observe
	// Restarts is how often its restart policy has started it again, of one that has
	// not run for long since: it may end again at any moment. Set by observe.
	Restarts int
	Within   time.Duration // of these restarts, where the engine remembers
	LastExit *int          // before the last of them; nil where nobody knows
	Unhooked bool          // its post_start hook failed; set by observe
	// Detached is the service whose name space it was started in, and has no more:
	// that one was started again since, or with Remade made anew. Set by observe.
	Detached string
	Remade   bool
	// Rewritten: a config or secret that Compose has written into it is another now;
	// Remounted: a file that it mounts as one has changed since it was started. Set by
	// observe.
	Rewritten, Remounted bool
	Created              time.Time
	Ports                []Port
	Networks             []string // names of those that it is on; nil where the engine does not say
	Exposed              []uint16 // the TCP ports that it listens on, as its image and its definition say, sorted
	Addresses            []string // on its networks, of a running one
	NetworkIDs           []string // of these; also of those that are gone, while it does not run
	MadeOn               string   // the network that it was made on, by name or ID; "" where that is none of the user's
	Labels               map[string]string
	SizeRw               int64 // bytes written, only when asked for
}

// Port is one published port.
type Port struct {
	IP        string
	Host      uint16
	Container uint16
	Proto     string
}

// Network is one network of the engine. Its ID alone is its own: engines before
// 25 let two have one name.
type Network struct {
	ID, Name string
	Project  string // "" where Compose has not made it
	Created  time.Time
}

// Engine is what an engine says of itself and of its machine.
type Engine struct {
	Version    string // of the engine, "20.10.24"
	APIVersion string // the highest that it speaks, "1.41"
	OS         string // linux or windows
	RootDir    string // where it keeps images and volumes, on its own machine
	MemTotal   int64  // bytes
}
