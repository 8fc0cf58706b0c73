package plan

import (
	"slices"
	"strconv"
	"time"
)

// SendImage brings an image of the local engine to a server, of which only the
// layers travel that the server lacks.
type SendImage struct {
	step

	Source  string // its name here
	Ref     string // its name there
	Service string
}

// SendFiles brings files and directories to a server.
type SendFiles struct {
	step

	Paths []string // absolute, here
}

// WriteRelease writes what a release is to the server, before any of it starts.
type WriteRelease struct {
	step

	Release string
}

// WriteGateway writes the configuration that the gateway comes up with.
type WriteGateway struct{ step }

// MakeVolumes makes volumes of the infrastructure's project.
type MakeVolumes struct {
	step

	Project string
	Names   []string
}

// JoinNetworks has containers on further networks, under their own names alone.
type JoinNetworks struct {
	step

	Networks map[string][]string // by container
}

// SetRestart gives containers another restart policy.
type SetRestart struct {
	step

	Policies map[string]string // by container: no, always, unless-stopped, on-failure[:N]
}

// SwitchTraffic has the gateway send all requests to a release, once it finds all
// of its services well.
type SwitchTraffic struct {
	step

	Release, From string // From is "" for the first
}

// WatchRelease looks at a release that serves for a while, and sends the requests
// back where one of its services ends or is not well.
type WatchRelease struct {
	step

	Release string
	For     time.Duration
}

// DrainTraffic waits until no request and no stream is open to the release before.
type DrainTraffic struct {
	step

	Release string
	Grace   time.Duration
}

// KeepLogs keeps the end of what a release's containers have logged, which are
// about to be removed.
type KeepLogs struct {
	step

	Release string
}

// RemoveRelease removes what a server keeps of a release that does not run.
type RemoveRelease struct {
	step

	Release string
}

// step is what the actions of a deployment have in common: they move no service
// of the project at hand, and a timeline shows none of them.
type step struct{}

// Describe has nothing to add to the step's name.
func (step) Describe() string { return "" }

// Lane is the ordinary one.
func (step) Lane() Lane { return LaneWork }

// Phase is none.
func (step) Phase(string) string { return "" }

// Kind is send_image.
func (SendImage) Kind() string { return "send_image" }

// Verb is to send.
func (SendImage) Verb() Verb { return Verb{Doing: "sending", Done: "sent"} }

// Object is the image by its name here. What is sent for several services is told of each.
func (a SendImage) Object() Object {
	return Object{Noun: "image of " + a.Service, Names: []string{a.Source}, Shared: true}
}

// Kind is send_files.
func (SendFiles) Kind() string { return "send_files" }

// Verb is to send.
func (SendFiles) Verb() Verb { return Verb{Doing: "sending", Done: "sent"} }

// Object is the files.
func (a SendFiles) Object() Object { return Object{Noun: "files", Names: a.Paths} }

// Kind is write_release.
func (WriteRelease) Kind() string { return "write_release" }

// Verb is to write.
func (WriteRelease) Verb() Verb { return Verb{Doing: "writing", Done: "written", Instant: true} }

// Object is the release.
func (a WriteRelease) Object() Object { return release(a.Release) }

// Kind is write_gateway.
func (WriteGateway) Kind() string { return "write_gateway" }

// Verb is to write.
func (WriteGateway) Verb() Verb { return Verb{Doing: "writing", Done: "written", Instant: true} }

// Object is the configuration.
func (WriteGateway) Object() Object {
	return Object{Noun: "configuration", Names: []string{"gateway"}}
}

// Kind is make_volumes.
func (MakeVolumes) Kind() string { return "make_volumes" }

// Verb is to make.
func (MakeVolumes) Verb() Verb { return Verb{Doing: "making", Done: "made", Instant: true} }

// Object is the volumes.
func (a MakeVolumes) Object() Object { return Object{Noun: "volumes", Names: a.Names} }

// Kind is join_networks.
func (JoinNetworks) Kind() string { return "join_networks" }

// Verb is to join.
func (JoinNetworks) Verb() Verb { return Verb{Doing: "joining", Done: "joined", Instant: true} }

// Object is the networks.
func (a JoinNetworks) Object() Object {
	var names []string
	for _, list := range a.Networks {
		names = append(names, list...)
	}
	slices.Sort(names)
	return Object{Noun: "networks", Names: slices.Compact(names)}
}

// Kind is set_restart.
func (SetRestart) Kind() string { return "set_restart" }

// Verb is to set.
func (SetRestart) Verb() Verb { return Verb{Doing: "setting", Done: "set", Silent: true} }

// Object is the policies.
func (a SetRestart) Object() Object {
	return Object{Noun: "restart policies", Names: []string{strconv.Itoa(len(a.Policies)) + " containers"}}
}

// Kind is switch_traffic.
func (SwitchTraffic) Kind() string { return "switch_traffic" }

// Verb is to switch.
func (SwitchTraffic) Verb() Verb { return Verb{Doing: "switching", Done: "switched"} }

// Object is the traffic.
func (a SwitchTraffic) Object() Object { return Object{Noun: "traffic", Names: []string{a.Release}} }

// Kind is watch_release.
func (WatchRelease) Kind() string { return "watch_release" }

// Verb is to watch.
func (WatchRelease) Verb() Verb { return Verb{Doing: "watching", Done: "well"} }

// Object is the release.
func (a WatchRelease) Object() Object { return release(a.Release) }

// Kind is drain_traffic.
func (DrainTraffic) Kind() string { return "drain_traffic" }

// Verb is to drain.
func (DrainTraffic) Verb() Verb { return Verb{Doing: "draining", Done: "drained"} }

// Object is the release that no requests are sent to any more.
func (a DrainTraffic) Object() Object { return release(a.Release) }

// Kind is keep_logs.
func (KeepLogs) Kind() string { return "keep_logs" }

// Verb is to keep.
func (KeepLogs) Verb() Verb { return Verb{Doing: "keeping", Done: "kept", Instant: true} }

// Object is the logs.
func (a KeepLogs) Object() Object { return Object{Noun: "logs", Names: []string{a.Release}} }

// Kind is remove_release.
func (RemoveRelease) Kind() string { return "remove_release" }

// Verb is to remove.
func (RemoveRelease) Verb() Verb { return Verb{Doing: "removing", Done: "removed", Instant: true} }

// Object is the release.
func (a RemoveRelease) Object() Object { return release(a.Release) }

func release(id string) Object { return Object{Noun: "release " + id, Names: []string{id}} }
