package timeline

import (
	"encoding/json"
	"fmt"

	"github.com/infinitescribe/spellbook/internal/state"
)

// Write replaces the file at path whole or not at all, readable by its owner
// alone; missing directories are made.
func (t Timeline) Write(path string) error {
	data, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return fmt.Errorf("write timeline %q: %w", path, err)
	}
	return state.Write(path, append(data, '\n'))
}

// Read reads what Write wrote; os.ErrNotExist is in the chain where there is
// no file.
func Read(path string) (Timeline, error) {
	t, err := state.ReadJSON[Timeline](path, Version)
	if err != nil {
		return Timeline{}, fmt.Errorf("read timeline %q: %w", path, err)
	}
	return t, nil
}
