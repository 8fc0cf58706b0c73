package timeline

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Write replaces the file at path whole or not at all, readable by its owner
// alone; missing directories are made.
func (t Timeline) Write(path string) error {
	data, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return fmt.Errorf("write timeline %q: %w", path, err)
	}
	if err := replace(path, append(data, '\n')); err != nil {
		return fmt.Errorf("write timeline %q: %w", path, err)
	}
	return nil
}

func replace(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.Write(data)
	if closed := tmp.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// Read reads what Write wrote; os.ErrNotExist is in the chain where there is
// no file.
func Read(path string) (Timeline, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Timeline{}, fmt.Errorf("read timeline: %w", err)
	}
	var t Timeline
	if err := json.Unmarshal(data, &t); err != nil {
		return Timeline{}, fmt.Errorf("read timeline %q: %w", path, err)
	}
	if t.Version != Version {
		return Timeline{}, fmt.Errorf("read timeline %q: version %d, not %d", path, t.Version, Version)
	}
	return t, nil
}
