package task

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestAChangeIsOneOfAllPathsThatLeadToItByLinks(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for at, to := range map[string]string{
		"app/config": "../shared/config", "app/lib": "../lib", "again": "app/lib/x.py", "outside": "../../etc", "absolute": filepath.Join(root, "shared/config"),
		"lib/loop": "../app", "app/self": ".", "gone": "nowhere", "all": ".",
	} {
		place := filepath.Join(root, at)
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, place); err != nil {
			t.Fatal(err)
		}
	}
	links := linksOf(root, []string{"absolute", "again", "app/config", "app/lib", "app/missing", "gone", "outside"})
	for changed, want := range map[string][]string{
		"shared/config": {"absolute", "app/config"},
		"lib/x.py":      {"again", "app/lib/x.py"},
		"lib":           {"app/lib"},
		"library/x.py":  nil,
		"nowhere":       {"gone"}, // it was removed, say
		"docs/a.md":     nil,
	} {
		if got := slices.Sorted(slices.Values(through(links, []string{changed}))); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", changed, got, want)
		}
	}
	// Links that lead to what they are in come to an end.
	loops := linksOf(root, []string{"all", "app/lib", "app/self", "lib/loop"})
	if got := through(loops, []string{"app/main.py"}); !slices.Contains(got, "app/lib/loop/main.py") || !slices.Contains(got, "all/app/main.py") || len(got) > 200 {
		t.Errorf("got %d: %q", len(got), got)
	}
}
