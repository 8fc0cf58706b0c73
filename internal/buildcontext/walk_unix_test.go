//go:build unix

package buildcontext

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/fingerprint"
)

// unprivileged makes the process one that modes hold for, until the test ends.
// Tests that call it are not parallel.
func unprivileged(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	t.Cleanup(func() { try(t, syscall.Setreuid(-1, 0)) })
	try(t, syscall.Setreuid(-1, 65534))
}

// locked takes every right to a path away while the test runs.
func locked(t *testing.T, path string) {
	t.Helper()
	t.Cleanup(func() { try(t, os.Chmod(path, 0o755)) })
	try(t, os.Chmod(path, 0))
}

func TestWhatCannotBeReadIsNamedWithItsRemedy(t *testing.T) {
	unprivileged(t)
	for _, name := range []string{"dir/file", "dir/sub", ".dockerignore"} {
		dir := t.TempDir()
		write(t, dir, map[string]string{"dir/file": "", "dir/sub/x": "", ".dockerignore": "# nothing"})
		locked(t, filepath.Join(dir, name))
		_, err := Read(t.Context(), Options{Dir: dir})
		if failure.CodeOf(err) != failure.Preflight || strings.Count(err.Error(), filepath.Join(dir, name)) < 1 || !strings.Contains(err.Error(), "chmod u+rX") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestWhatIsIgnoredNeedsNoRights(t *testing.T) {
	unprivileged(t)
	for _, ignore := range []string{"dir\nfile\n.dockerignore", "dir\nfile\n.dockerignore\n!**/none"} {
		dir := t.TempDir()
		write(t, dir, map[string]string{"dir/x": "", "file": "", "a": "", ".dockerignore": ignore})
		locked(t, filepath.Join(dir, "dir"))
		locked(t, filepath.Join(dir, "file"))
		if got := paths(read(t, Options{Dir: dir}).Files); got != "a" {
			t.Errorf("got %s", got)
		}
	}
}

// BuildKit passes pipes and devices on as such; a socket comes out as a file
// without content.
func TestSpecialFilesAreWhatBuildKitMakesOfThem(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir) // a socket's path is short
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", "socket")
	try(t, err)
	defer listener.Close() //nolint:errcheck // the test is over
	try(t, os.Chmod("socket", 0o755))
	try(t, syscall.Mkfifo("pipe", 0o640))
	write(t, dir, map[string]string{"empty": ""})
	files := read(t, Options{Dir: dir}).Files
	want := []File{
		{Path: "empty", Mode: 0o644, Sum: files[0].Sum},
		{Path: "pipe", Mode: fs.ModeNamedPipe | 0o640},
		{Path: "socket", Mode: 0o755, Sum: files[0].Sum},
	}
	for i, f := range files {
		f.ModTime, f.ChangeTime = 0, 0
		if f != want[i] {
			t.Errorf("got %+v, want %+v", f, want[i])
		}
	}
	agree(t.Context(), t, dir)
}

// A pipe that takes a file's place must not hold the reader up for a writer.
func TestAPipeInPlaceOfAFileIsNotWaitedFor(t *testing.T) {
	dir := t.TempDir()
	try(t, syscall.Mkfifo(filepath.Join(dir, "file"), 0o600))
	e := &entry{path: "file", Status: fingerprint.Status{Mode: 0o600}}
	try(t, newSummer(dir).sum(t.Context(), e))
	if !e.lost {
		t.Error("a pipe was taken for a file")
	}
}
