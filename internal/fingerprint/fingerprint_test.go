package fingerprint_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/fingerprint"
)

// A file system that counts in seconds shows no change within one.
func TestTimesOfWholeSecondsAreTrustedLater(t *testing.T) {
	t.Parallel()
	const second = int64(time.Second)
	for _, test := range []struct {
		status  fingerprint.Status
		settled bool
	}{
		{fingerprint.Status{Modified: 97 * second, Changed: 97 * second}, true},
		{fingerprint.Status{Modified: 99 * second, Changed: 99 * second}, false},
		{fingerprint.Status{Modified: 99 * second, Changed: 99*second + 1}, true},
		{fingerprint.Status{Modified: 99 * second}, false}, // no ctime
		{fingerprint.Status{Modified: 99*second + 1}, true},
		{fingerprint.Status{Modified: 101 * second, Changed: 5}, false},
		{fingerprint.Status{Modified: 5, Changed: 101 * second}, false},
	} {
		if got := test.status.Settled(100 * second); got != test.settled {
			t.Errorf("%+v: settled %v", test.status, got)
		}
	}
}

func TestALookAtAFileTellsWhatWasDoneToIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	before, err := fingerprint.Of(file)
	if err != nil || before.Size != 3 || !before.Mode.IsRegular() {
		t.Fatalf("%+v, %v", before, err)
	}
	if followed, err := fingerprint.Followed(link); err != nil || !followed.Same(before) {
		t.Errorf("%+v, %v, not %+v", followed, err, before)
	}
	if at, err := fingerprint.Of(link); err != nil || at.Mode&os.ModeSymlink == 0 || at.Same(before) {
		t.Errorf("a link is %+v, %v", at, err)
	}
	if err := os.Rename(file, file+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("two"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, time.Unix(0, before.Modified), time.Unix(0, before.Modified)); err != nil {
		t.Fatal(err)
	}
	if after, err := fingerprint.Of(file); err != nil || before.Inode != 0 && after.Same(before) {
		t.Errorf("another file of the same size and time passes for the first: %+v, %v", after, err)
	}
	if _, err := fingerprint.Followed(filepath.Join(dir, "none")); !os.IsNotExist(err) {
		t.Errorf("a file that is not there: %v", err)
	}
}
