package build

import (
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/state"
)

// recordPath is where a build's record lies: what its last image was made from.
func (b *Operation) recordPath(name string) string {
	return b.Layout.Path(b.Layout.StateDir, b.Project.Name, "builds", name+".json")
}

// lastRecord is empty where there is none, or none that can be read: all it can
// save is an explanation.
func (b *Operation) lastRecord(name string) image.Record {
	r, _ := state.ReadJSON[image.Record](b.recordPath(name), 1)
	return r
}

// saveRecord replaces a build's record whole or not at all.
func (b *Operation) saveRecord(name string, r image.Record) error {
	return state.WriteJSON(b.recordPath(name), r)
}
