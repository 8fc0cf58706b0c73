package build

import (
	"net/url"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/state"
)

// recordPath is where a build's record lies: what its last image was made from. That
// of another machine's is none of this machine's.
func (b *Operation) recordPath(name string) string {
	if b.For != nil {
		name += "@" + url.PathEscape(b.For(name))
	}
	return filepath.Join(b.recordDir(), "builds", name+".json")
}

// recordDir is where all lies that this machine remembers of an engine's builds.
func (b *Operation) recordDir() string {
	dir := b.Layout.Path(b.Layout.StateDir, b.Project.Name)
	if b.Remote != "" {
		dir = filepath.Join(dir, "remote", url.PathEscape(b.Remote))
	}
	return dir
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
