package buildcontext

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var errEnough = errors.New("enough")

// ended waits for a Read that was cancelled while it was at work.
func ended(t *testing.T, o Options, busy func(cancel context.CancelCauseFunc)) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	result := make(chan error, 1)
	go func() {
		_, err := Read(ctx, o)
		result <- err
	}()
	busy(cancel)
	select {
	case err := <-result:
		if !errors.Is(err, errEnough) {
			t.Errorf("got %v", err)
		}
	case <-time.After(2 * time.Minute):
		t.Error("goes on reading")
	}
}

func TestACancelledReadEndsInTheMiddleOfAFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"big": ""})
	try(t, os.Truncate(filepath.Join(dir, "big"), 1<<40)) // without blocks; takes an hour to hash
	ended(t, Options{Dir: dir}, func(cancel context.CancelCauseFunc) {
		time.AfterFunc(20*time.Millisecond, func() { cancel(errEnough) })
	})
}

func TestACancelledReadEndsBeforeAFileIsOpened(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a/b/c/d": ""})
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errEnough)
	if _, err := Read(ctx, Options{Dir: dir}); !errors.Is(err, errEnough) {
		t.Errorf("got %v", err)
	}
}

// What comes and goes beside a context's files is in the tree or not; they are.
func TestFilesMayVanishWhileTheirContextIsRead(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"dir/a": "1", "dir/z": "2"})
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			name := filepath.Join(dir, "dir", fmt.Sprintf("m%d", i%7))
			switch i % 3 {
			case 0:
				_ = os.WriteFile(name, []byte("x"), 0o600)
			case 1:
				_ = os.MkdirAll(filepath.Join(name, "sub"), 0o700)
			default:
				_ = os.Symlink("a", name)
			}
			_ = os.RemoveAll(filepath.Join(dir, "dir", fmt.Sprintf("m%d", (i+3)%7)))
		}
	}()
	for range 300 {
		tree, err := Read(t.Context(), Options{Dir: dir})
		if got := paths(tree.Files); err != nil || !strings.HasPrefix(got, "dir dir/a ") || !strings.HasSuffix(got, " dir/z") && got != "dir dir/a dir/z" {
			t.Errorf("got %s, %v", got, err)
		}
	}
	close(stop)
	<-stopped
}

func TestManyDirectoriesAreReadInOrder(t *testing.T) {
	dir := t.TempDir()
	for i := range 300 {
		write(t, dir, map[string]string{fmt.Sprintf("%d/%d/file", i%17, i): "x"})
	}
	tree := read(t, Options{Dir: dir})
	if len(tree.Files) != 17+300+300 {
		t.Errorf("%d files", len(tree.Files))
	}
	for i := range tree.Files[1:] {
		if tree.Files[i].Path >= tree.Files[i+1].Path {
			t.Errorf("%s before %s", tree.Files[i].Path, tree.Files[i+1].Path)
		}
	}
}
