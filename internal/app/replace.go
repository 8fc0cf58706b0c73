package app

import (
	"fmt"
	"os"
	"path/filepath"
)

// ReplaceFile puts a file of what Spellbook remembers in its place, whole or not at
// all and for its owner only. verb is for the error: "write fragment".
func ReplaceFile(verb, path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	temporary := fmt.Sprintf("%s.%d", path, os.Getpid())
	err := os.WriteFile(temporary, content, 0o600)
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		_ = os.Remove(temporary)
		return fmt.Errorf("%s: %w", verb, err)
	}
	return nil
}
