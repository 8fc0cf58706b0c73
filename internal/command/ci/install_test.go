package ci

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// The first install writes the lock file that the second run has.
func TestPackagesWithoutALockFileAreInstalledOnce(t *testing.T) {
	t.Parallel()
	r := shop(t)
	r.Env = append(r.Env, "PATH="+filepath.Join(r.Dir, "bin")+":/usr/bin:/bin")
	r.Write("web/package.json", `{"scripts": {"test": "x"}}`)
	r.Write("bin/npm", "#!/bin/sh\n[ \"$1\" = run ] && exit 0\nmkdir -p node_modules\necho lock >package-lock.json\necho installed >>../installs\n")
	if err := os.Chmod(filepath.Join(r.Dir, "bin/npm"), 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r.Run(ciOf(Options{Only: []string{"unit:npm:web"}})).Want(t, failure.OK)
	}
	if got := r.Read("installs"); got != "installed\n" {
		t.Errorf("installs are %q", got)
	}
	r.Write("web/package-lock.json", "another")
	r.Run(ciOf(Options{Only: []string{"unit:npm:web"}})).Want(t, failure.OK)
	if got := r.Read("installs"); got != "installed\ninstalled\n" {
		t.Errorf("after a change of the lock file installs are %q", got)
	}
}
