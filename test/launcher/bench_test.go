package launcher_test

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// BenchmarkWarmRun runs one target by the launcher, by its binary alone and by mage: what the launcher costs is
// the difference of the first two.
func BenchmarkWarmRun(b *testing.B) {
	r := newRepository(b)
	r.settle()
	binary, err := filepath.Glob(filepath.Join(r.cache, "mage/*/mage"))
	r.must(err)
	mage := filepath.Join(b.TempDir(), "mage")
	build := exec.CommandContext(b.Context(), "go", "build", "-o", mage, "github.com/magefile/mage")
	r.succeed(build)
	for _, way := range []struct{ name, program string }{
		{"launcher", "scripts/mage"},
		{"binary", binary[0]},
		{"mage", mage},
	} {
		b.Run(way.name, func(b *testing.B) {
			for b.Loop() {
				cmd := r.command(".", "greet")
				cmd.Path = way.program
				r.succeed(cmd)
			}
		})
	}
}
