package e2e_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestMain takes away what binary compiled.
func TestMain(m *testing.M) {
	code := m.Run()
	if compiled.path != "" {
		_ = os.RemoveAll(filepath.Dir(compiled.path))
	}
	os.Exit(code)
}
