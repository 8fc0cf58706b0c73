package pluginhost

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestAYoungFileIsReadAgainAndAnOldOneOnlyLookedAt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f")
	write(t, path, "one")
	young, err := stampFile(path, nil, time.Now())
	if err != nil || !young.Racy || young.unchanged(time.Now()) {
		t.Fatalf("%+v, %v: what was just written may change in the same tick", young, err)
	}
	later := time.Now().Add(time.Minute)
	old, err := stampFile(path, byPath([]stamp{young}), later)
	if err != nil || old.Racy || !old.unchanged(later) {
		t.Fatalf("%+v, %v", old, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	// The same size and the same time of the content, but not of the inode.
	for look(path, later).Changed == old.Changed && t.Context().Err() == nil { // a tick of an old kernel's clock is 4 ms
		write(t, path, "two")
		if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
			t.Fatal(err)
		}
	}
	if old.unchanged(later) {
		t.Error("a file that was changed behind its times' back passed")
	}
	again, err := stampFile(path, byPath([]stamp{old}), later)
	if err != nil || again.Sum == old.Sum {
		t.Errorf("%+v, %v", again, err)
	}
}
