package infra

import (
	"slices"

	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Snapshot is what a stack that is not there yet begins with.
type Snapshot struct {
	Digest  string
	Volumes map[string]string // names on the engine by keys of the Compose files; none where they are filled already
	Held    []string          // one-shots whose work is in it: they are not started
}

// held: the one-shot's work came with the snapshot.
func (u *up) held(name string) bool {
	return u.o.Snapshot != nil && slices.Contains(u.o.Snapshot.Held, name)
}

// fills adds the copy into the volumes that Compose has created; all starts come after.
func (u *up) fills() {
	if u.o.Snapshot == nil || len(u.o.Snapshot.Volumes) == 0 || u.create == "" {
		return
	}
	id := plan.ID("fill volumes")
	u.plan.Add(plan.Step{ID: id, After: []plan.Edge{plan.Needs(u.create)}, Cause: "snapshot " + u.o.Snapshot.Digest,
		Action: plan.FillVolumes{Digest: u.o.Snapshot.Digest, Volumes: u.o.Snapshot.Volumes}})
	u.create = id
}

// needs are a service's dependencies. What a one-shot waited for that is held is waited for
// by those who wait for it: they may count on the database that it has filled.
func (u *up) needs(name string) (list []project.Dependency) {
	for _, d := range u.p.Dependencies(name) {
		if !u.held(d.On) {
			list = append(list, d)
			continue
		}
		for _, behind := range u.needs(d.On) {
			behind.Required = behind.Required && d.Required
			list = append(list, behind)
		}
	}
	return list
}
