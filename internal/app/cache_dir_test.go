package app

import (
	"os"
	"testing"
)

// Locks are found again by this path, by runs of before as well.
func TestTheCacheIsWhereTheSystemHasItForThisEnvironment(t *testing.T) {
	for _, c := range []struct{ xdg, home string }{{"/var/xdg", "/home/me"}, {"", "/home/me"}, {"relative", "/home/me"}, {"/var/xdg", ""}, {"", ""}} {
		t.Setenv("XDG_CACHE_HOME", c.xdg)
		t.Setenv("HOME", c.home)
		w := &Run{Environ: os.Environ()}
		want, err := os.UserCacheDir()
		if got := w.CacheDir(); err == nil && got != want || err != nil && got != "" {
			t.Errorf("%+v: %q, the system says %q (%v)", c, got, want, err)
		}
	}
}
