package platform_test

import (
	"testing"

	"github.com/infinitescribe/spellbook/internal/platform"
)

func TestAnEngineRunsWhatContainerdWouldTake(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		engine, image string
		runs, same    bool
	}{
		{"linux/amd64", "linux/amd64", true, true},
		{"linux/amd64", "linux/x86_64", true, true},
		{"linux/arm64", "linux/arm64/v8", true, true},
		{"linux/arm", "linux/arm/v7", true, true},
		{"linux/arm/v7", "linux/arm/v6", true, false},
		{"linux/arm/v6", "linux/arm/v7", false, false},
		{"linux/arm64", "linux/arm/v7", true, false},
		{"linux/amd64", "linux/386", true, false},
		{"linux/386", "linux/amd64", false, false},
		{"linux/arm64", "linux/amd64", false, false},
		{"linux/amd64", "windows/amd64", false, false},
		{"linux/amd64", "unknown/unknown", false, false},
		{"linux/amd64", "", false, false},
		{"", "", false, false},
	} {
		if got := platform.Runs(c.engine, c.image); got != c.runs {
			t.Errorf("an engine of %q runs %q: %t", c.engine, c.image, got)
		}
		if got := platform.Same(c.engine, c.image); got != c.same {
			t.Errorf("%q and %q are the same: %t", c.engine, c.image, got)
		}
	}
}

func TestOfSeveralPlatformsTheNearestIsTaken(t *testing.T) {
	t.Parallel()
	all := []string{"unknown/unknown", "linux/arm/v5", "linux/386", "linux/arm/v7", "linux/amd64", "linux/arm64/v8", "no platform"}
	for engine, want := range map[string]int{"linux/amd64": 4, "linux/386": 2, "linux/arm64": 5, "linux/arm/v7": 3, "linux/arm/v6": 1, "linux/s390x": -1} {
		if got := platform.Best(engine, all); got != want {
			t.Errorf("an engine of %s takes %d", engine, got)
		}
	}
}
