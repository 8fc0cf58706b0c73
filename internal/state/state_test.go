package state_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/infinitescribe/spellbook/internal/state"
)

var writers = map[string]struct {
	write func(path string, data []byte) error
	mode  fs.FileMode
}{
	"Write":       {state.Write, 0o600},
	"WriteSynced": {state.WriteSynced, 0o600},
	"WriteMode":   {func(path string, data []byte) error { return state.WriteMode(path, data, 0o644) }, 0o644},
}

func TestAFileIsWrittenWithItsModeIntoDirectoriesOfItsOwner(t *testing.T) {
	for name, w := range writers {
		path := filepath.Join(t.TempDir(), "a/b/.record.json")
		for _, text := range []string{"first", "2"} { // the second takes the place of the first
			if err := w.write(path, []byte(text)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got, err := os.ReadFile(path); string(got) != text || err != nil {
				t.Errorf("%s left %q, %v, not %q", name, got, err, text)
			}
		}
		only(t, filepath.Dir(path), ".record.json")
		wantMode(t, path, w.mode)
		wantMode(t, filepath.Dir(path), 0o700)
	}
}

// A file with a loose mode is of an older version, or of a copy.
func TestTheModeOfTheOldFileIsNotKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chmod(path, 0o666), state.Write(path, nil)); err != nil {
		t.Fatal(err)
	}
	wantMode(t, path, 0o600)
}

func TestAFailedWriteLeavesNothingBehind(t *testing.T) {
	for name, w := range writers {
		dir := t.TempDir()
		taken := filepath.Join(dir, "taken") // a rename never replaces a directory
		if err := os.MkdirAll(filepath.Join(taken, "full"), 0o700); err != nil {
			t.Fatal(err)
		}
		err := w.write(taken, []byte("x"))
		if err == nil || !strings.HasPrefix(err.Error(), `write "`+taken+`": `) {
			t.Errorf("%s: %v", name, err)
		}
		only(t, dir, "taken")

		file := filepath.Join(dir, "taken/file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := w.write(filepath.Join(file, "below"), nil); err == nil {
			t.Errorf("%s wrote below a file", name)
		}
	}
}

func TestWritersAtOnceLeaveTheFileOfOneOfThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	texts := [][]byte{bytes.Repeat([]byte("a"), 1<<16), bytes.Repeat([]byte("b"), 1<<17)}
	if err := state.Write(path, texts[0]); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for _, text := range texts {
		group.Go(func() {
			for range 50 {
				if err := state.Write(path, text); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 100 {
		got, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, texts[0]) && !bytes.Equal(got, texts[1]) {
			t.Errorf("a reader saw %d bytes, %v", len(got), err)
		}
	}
	group.Wait()
	only(t, filepath.Dir(path), "x")
}

type record struct {
	Version int    `json:"version"`
	Name    string `json:"name"`
}

func TestADocumentIsReadAsItsVersionOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.json")
	want := record{Version: 2, Name: "a"}
	if err := state.WriteJSON(path, want); err != nil {
		t.Fatal(err)
	}
	if got, err := state.ReadJSON[record](path, 2); got != want || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	for text, version := range map[string]int{
		`{"version":2,"name":"a"}`: 3, `{"version":2,"name":1}`: 2, `{"name":"a"}`: 1, `{"version":2,"na`: 2, ``: 0, `[]`: 0,
	} {
		if err := state.Write(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := state.ReadJSON[record](path, version); got != (record{}) || err == nil {
			t.Errorf("%s as version %d: %+v, %v", text, version, got, err)
		}
	}
	if _, err := state.ReadJSON[record](path+".none", 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := state.WriteJSON(path, func() {}); err == nil || !strings.HasPrefix(err.Error(), `write "`+path+`": `) {
		t.Errorf("what is no JSON: %v", err)
	}
}

func only(t *testing.T, dir, name string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 1 || list[0].Name() != name {
		t.Errorf("%s has %v, %v, not only %s", dir, list, err, name)
	}
}

func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != want && runtime.GOOS != "windows" { // which has no modes
		t.Errorf("%s has mode %v, not %v", path, info.Mode().Perm(), want)
	}
}

func TestAFileIsAtItsPathUntilAnotherIsPutThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if !state.IsAt(f.Stat, path) {
		t.Error("it is not at its path")
	}
	if err := os.Remove(path); err != nil || state.IsAt(f.Stat, path) {
		t.Errorf("it is at a path that is nothing's (%v)", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil || state.IsAt(f.Stat, path) {
		t.Errorf("it is at another's path (%v)", err)
	}
}
