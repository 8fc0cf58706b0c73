package server

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/server"
)

// A release that is removed is no release from the first moment on: a removal that was
// cut short leaves nothing that stops the next run.
func TestAReleaseIsRemovedWholeOrLeftHidden(t *testing.T) {
	t.Parallel()
	_, s := connected(t)
	root := filepath.Join(t.TempDir(), "shop")
	store, err := server.Open(t.Context(), s, root)
	if err != nil {
		t.Fatal(err)
	}
	names := func() string {
		t.Helper()
		all, err := store.Releases(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, r := range all {
			text += r.ID + " "
		}
		return text
	}
	for _, id := range []string{"one", "two"} {
		if err := store.Save(t.Context(), deploy.Release{Version: 1, ID: id}, map[string][]byte{"app.yml": []byte("services: {}")}); err != nil {
			t.Fatal(err)
		}
	}
	if got := names(); got != "two one " {
		t.Errorf("releases %s", got)
	}
	if err := os.Remove(filepath.Join(root, "releases", "one", "release.json")); err != nil { // as a removal that was cut short left it
		t.Fatal(err)
	}
	if got := names(); got != "two " {
		t.Errorf("releases %s", got)
	}
	if !store.Has("one") || !store.Has("two") || store.Has("three") { // a run in the same second takes neither name
		t.Error("not known is which names are taken")
	}
	if err := store.RemoveUnfinished(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(root, "releases", "one")); err == nil {
		t.Error("half of a release is kept")
	}
	for range 2 { // one that is gone is removed
		for _, id := range []string{"one", "two", "never"} {
			if err := store.RemoveRelease(id); err != nil {
				t.Error(err)
			}
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "releases", ".three"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := store.RemoveUnfinished(); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(filepath.Join(root, "releases"))
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
