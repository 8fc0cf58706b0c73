package build

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/image"
)

// recordPath is where a build's record lies: what its last image was made from.
func (b *Operation) recordPath(name string) string {
	return b.Layout.Path(b.Layout.StateDir, b.Project.Name, "builds", name+".json")
}

// lastRecord is empty where there is none, or none that can be read: all it can
// save is an explanation.
func (b *Operation) lastRecord(name string) image.Record {
	data, err := os.ReadFile(b.recordPath(name))
	var r image.Record
	if err != nil || json.Unmarshal(data, &r) != nil || r.Version != 1 {
		return image.Record{}
	}
	return r
}

// saveRecord replaces a build's record whole or not at all.
func (b *Operation) saveRecord(name string, r image.Record) error {
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("remember build %q: %w", name, err)
	}
	return app.ReplaceFile("remember build "+name, b.recordPath(name), data)
}
