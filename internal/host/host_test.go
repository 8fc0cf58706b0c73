package host_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/infinitescribe/spellbook/internal/host"
)

func TestProgramIsFoundInTheGivenPathOnly(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	name := "ssh"
	if runtime.GOOS == "windows" {
		name = "ssh.exe"
	}
	for _, dir := range []string{first, second} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	list := first + string(os.PathListSeparator) + second
	got, err := host.Find("ssh", []string{"PATH=/nowhere", "PATH=" + list})
	if err != nil || got != filepath.Join(first, name) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := host.Find("ssh", nil); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("without PATH: %v", err)
	}
}
