package pluginhost

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// A list that is compared with what is there has one name for a file.
func TestAFileOfABackupIsListedByTheOnePathThatItHas(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"a": true, "a/b c.d": true, "ü/…": true,
		"": false, "./a": false, "a/": false, "a//b": false, "a/../b": false, "../a": false, "/a": false, `a\b`: false, "a\nb": false, "a\xff": false,
	} {
		if got := isListed(&pluginv1.File{Path: path, Sha256: strings.Repeat("0a", 32)}); got != want {
			t.Errorf("%q: %v", path, got)
		}
	}
	if isListed(&pluginv1.File{Path: "a", Sha256: "0A"}) {
		t.Error("a sum that is none")
	}
}
