package build

import (
	"io/fs"
	"testing"

	"github.com/infinitescribe/spellbook/internal/buildcontext"
)

func TestARemoteIsToldAsAWebAddressWithoutCredentials(t *testing.T) {
	for remote, want := range map[string]string{
		"https://git.example/team/shop.git":                "https://git.example/team/shop",
		"https://someone:hunter2@git.example/shop?token=x": "https://git.example/shop",
		"git@git.example:team/shop.git":                    "https://git.example/team/shop",
		"ssh://git@git.example:2222/team/shop.git":         "https://git.example/team/shop",
		"/srv/git/shop.git":                                "",
		"../shop":                                          "",
		"":                                                 "",
	} {
		if got := sourceURL(remote); got != want {
			t.Errorf("%s is told as %s, want %s", remote, got, want)
		}
	}
}

func TestOnlyWhatAnImageIsMadeFromMakesItDirty(t *testing.T) {
	files := []buildcontext.File{{Path: "a.go", Mode: 0o644}, {Path: "empty", Mode: fs.ModeDir | 0o755}, {Path: "lib", Mode: fs.ModeDir | 0o755}, {Path: "lib/b.go", Mode: 0o644}}
	for path, want := range map[string]bool{"a.go": true, "lib": true, "lib/b.go": true, "empty": false, "b.go": false, "li": false, ".": false} {
		if got := holds(files, path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}
