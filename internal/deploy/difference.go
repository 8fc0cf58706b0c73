package deploy

import (
	"slices"
	"strings"
)

// Action is what is done about a service.
type Action string

// What a deployment does about a service.
const (
	Create   Action = "create"   // it is new
	Recreate Action = "recreate" // its container is made anew
	Start    Action = "start"    // it is there and does not run
	Remove   Action = "remove"   // the files no longer have it
	Keep     Action = "keep"     // untouched
)

// Change is what comes to a service, and why.
type Change struct {
	Service string
	Role    Role
	Action  Action
	Cause   string // "image", "definition", "with the release", "exited"; "" where it is kept
	Volume  bool   // its data is in a volume
}

// Interrupts reports whether the service does not answer meanwhile. The
// application's start beside those that serve.
func (c Change) Interrupts() bool {
	return c.Role == Infra && (c.Action == Recreate || c.Action == Remove)
}

// Have is what a server has of a project.
type Have struct {
	Serves     Release     // its zero value where none does
	Containers []Container // all that deployments of the project made
	Unserved   []string    // releases that are written there and never served
	Unended    bool        // the run that had Serves serve was cut short
}

// Container is one that a deployment made.
type Container struct {
	Service, Release string // Release is "" for the infrastructure
	Hash, State      string
}

// Want is what a server is to have, and what of it a run is about.
type Want struct {
	Infra   map[string]Stated // the infrastructure's services
	Release Release
	Scope   Scope
}

// Scope is what a run is about: the parts, and of them all services or some.
type Scope struct {
	Infra, App bool
	Services   []string // nil is all
}

// Has reports whether a service is one that the run may change.
func (s Scope) Has(role Role, service string) bool {
	part := role == Infra && s.Infra || role == App && s.App
	return part && (s.Services == nil || slices.Contains(s.Services, service))
}

// Difference is what a run does to a server.
type Difference struct {
	Changes []Change // every service that is in scope or on the server: infrastructure first, by name
	Files   []string // those of the application that are others
	First   bool     // nothing served before
	Stopped bool     // of the release that serves no container is there
	Release bool     // the release is another than the one that serves, or that one does not run
	Left    []string // releases that a run which was cut short has left
	Unended bool     // the release that serves is of such a run, which may not have told the gateway or set restart policies
}

// Of are the services of a part that something is done about in this way.
func (d Difference) Of(role Role, action Action) []string {
	var list []string
	for _, c := range d.Changes {
		if c.Role == role && c.Action == action {
			list = append(list, c.Service)
		}
	}
	return list
}

// Compare finds out what differs. Containers are judged by their labels alone.
func Compare(want Want, have Have) Difference {
	var d Difference
	d.infra(want, have)
	d.app(want, have)
	slices.SortFunc(d.Changes, func(a, b Change) int {
		if a.Role != b.Role {
			return -strings.Compare(string(a.Role), string(b.Role)) // infra before app
		}
		return strings.Compare(a.Service, b.Service)
	})
	return d
}

func (d *Difference) infra(want Want, have Have) {
	there := map[string][]Container{}
	for _, c := range have.Containers {
		if c.Release == "" {
			there[c.Service] = append(there[c.Service], c)
		}
	}
	for name, s := range want.Infra {
		change := Change{Service: name, Role: Infra, Action: Keep, Volume: s.Volume}
		if want.Scope.Has(Infra, name) {
			change.Action, change.Cause = s.differs(there[name])
		}
		d.Changes = append(d.Changes, change)
	}
	for name := range there {
		if _, wanted := want.Infra[name]; !wanted && want.Scope.Has(Infra, name) {
			d.Changes = append(d.Changes, Change{Service: name, Role: Infra, Action: Remove, Cause: "no longer in the Compose files"})
		}
	}
}

// differs compares the containers of a service of the infrastructure.
func (s Stated) differs(there []Container) (Action, string) {
	if len(there) == 0 {
		return Create, "new"
	}
	now, image, _ := strings.Cut(s.Hash, "-") // without an image where that is not known yet
	for _, c := range there {
		switch was, has, _ := strings.Cut(c.Hash, "-"); {
		case now != was:
			return Recreate, "definition"
		case image != "" && image != has:
			return Recreate, "image"
		}
	}
	for _, c := range there {
		if c.State != "running" && !s.OneShot {
			return Start, c.State
		}
	}
	return Keep, ""
}

func (d *Difference) app(want Want, have Have) {
	from, to := have.Serves, want.Release
	if !want.Scope.App || len(to.Services) == 0 {
		for name := range from.Services {
			d.Changes = append(d.Changes, Change{Service: name, Role: App, Action: Keep})
		}
		return
	}
	d.Left, d.Unended = left(want, have), have.Unended
	d.First = from.ID == ""
	changes := to.changes(from)
	d.Files = to.changedFiles(from)
	d.Stopped = !d.First && d.notRunning(changes, have)
	for _, c := range changes {
		d.Release = d.Release || c.Action != Keep
	}
	d.Release = d.Release || d.First || d.Stopped || len(d.Files) > 0
	for _, c := range changes {
		if c.Action == Keep && d.Release {
			c.Action, c.Cause = Recreate, "with the release"
		}
		d.Changes = append(d.Changes, *c)
	}
}

// notRunning notes the services of the release that serves which do not run, and
// reports whether none of them is there. Those that run once are no part of it.
func (d *Difference) notRunning(changes map[string]*Change, have Have) bool {
	states := map[string]string{}
	for _, c := range have.Containers {
		if c.Release != have.Serves.ID {
			continue
		}
		s, state := have.Serves.Services[c.Service], c.State
		switch {
		case state != "running":
		case c.Hash != s.Hash:
			state = "another definition on the server"
		}
		if states[c.Service] == "" || state != "running" {
			states[c.Service] = state
		}
	}
	for name, s := range have.Serves.Services {
		c := changes[name]
		if s.OneShot || c.Action != Keep {
			continue
		}
		switch states[name] {
		case "running":
		case "":
			c.Action, c.Cause = Recreate, "no container"
		default:
			c.Action, c.Cause = Recreate, states[name]
		}
	}
	return len(states) == 0
}

// left are the releases that have containers and are neither the new one nor that
// which serves, and those that never served: a run that was cut short left them.
func left(want Want, have Have) []string {
	list := slices.Clone(have.Unserved)
	for _, c := range have.Containers {
		if c.Release != "" && c.Release != want.Release.ID && c.Release != have.Serves.ID {
			list = append(list, c.Release)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// changes are what differs between two releases, by service.
func (r Release) changes(from Release) map[string]*Change {
	list := map[string]*Change{}
	for name, s := range r.Services {
		c := &Change{Service: name, Role: App, Action: Recreate}
		o, known := from.Services[name]
		switch {
		case !known:
			c.Action, c.Cause = Create, "new"
		case s.Digest != o.Digest:
			c.Cause = "image"
		case s.Hash != o.Hash:
			c.Cause = "definition"
		default:
			c.Action = Keep
		}
		list[name] = c
	}
	for name := range from.Services {
		if _, known := r.Services[name]; !known {
			list[name] = &Change{Service: name, Role: App, Action: Remove, Cause: "gone"}
		}
	}
	return list
}

func (r Release) changedFiles(from Release) []string {
	var list []string
	for path, sum := range r.Files {
		if from.Files[path] != sum {
			list = append(list, path)
		}
	}
	slices.Sort(list)
	return list
}
