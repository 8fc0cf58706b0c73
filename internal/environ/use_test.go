package environ

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestUseLinksRelativelyAndSaysWhatItDid(t *testing.T) {
	dirs := repository(t, "dev")
	same(t, "the first switch", use(t, dirs, "local"), Switch{Active: "local", Created: true})
	same(t, "the second switch", use(t, dirs, "dev"), Switch{Previous: "local", Active: "dev"})
	same(t, "the third switch", use(t, dirs, "dev"), Switch{Previous: "dev", Active: "dev"})
	target, err := os.Readlink(dirs.Active())
	must(t, err)
	same(t, "the target", filepath.ToSlash(target), "env/.env.dev")
	same(t, "the text behind it", read(t, dirs.Active()), "NAME=dev\n")
}

func TestAFileOfTheUsersOwnIsKept(t *testing.T) {
	dirs := repository(t, "local")
	write(t, dirs.Active(), "MINE=1\n")
	write(t, filepath.Join(dirs.Root, backupName), "older\n")
	s := use(t, dirs, "local")
	same(t, "the backup", s.Backup, filepath.Join(dirs.Root, backupName+"-2"))
	same(t, "the kept text", read(t, s.Backup), "MINE=1\n")
	same(t, "the older backup", read(t, filepath.Join(dirs.Root, backupName)), "older\n")
	same(t, "the previous name", s.Previous, "")
	same(t, "the active name", active(t, dirs), "local")
}

func TestALinkOfTheUsersOwnIsKept(t *testing.T) {
	dirs := repository(t, "local")
	must(t, os.Symlink(".env.old", dirs.Active()))
	same(t, "the active name", active(t, dirs), "")
	s := use(t, dirs, "local")
	target, err := os.Readlink(s.Backup)
	must(t, err)
	same(t, "the kept target", target, ".env.old")
}

func TestTheUsersFileIsKeptEvenWhenItAppearsBetweenLookAndLink(t *testing.T) {
	dirs := repository(t, "local", "dev")
	write(t, dirs.Active(), "MINE=1\n")
	once := sync.OnceFunc(func() { use(t, dirs, "dev") })
	d := disk{before: func(move string) error {
		if move == "keep the user's file" {
			once()
		}
		return nil
	}}
	s, err := d.use(dirs, "local", noon, rand.Reader)
	must(t, err)
	same(t, "the switch", s, Switch{Previous: "dev", Active: "local"})
	backups, err := filepath.Glob(dirs.Active() + ".backup-*")
	must(t, err)
	same(t, "the number of backups", len(backups), 1)
	same(t, "the kept text", read(t, backups[0]), "MINE=1\n")
}

func TestADirectoryInPlaceOfDotEnvIsAFailure(t *testing.T) {
	dirs := repository(t, "local")
	must(t, os.Mkdir(dirs.Active(), 0o755))
	_, err := Use(dirs, "local", noon, rand.Reader)
	same(t, "the code", failure.CodeOf(err), failure.Preflight)
	same(t, "the text", err.Error(), ".env is neither a file nor a link\n  → move it out of the way and try again")
}

func TestAnUnknownEnvironmentIsAnsweredWithWhatThereIs(t *testing.T) {
	dirs := repository(t, "local", "staging")
	for name, want := range map[string]string{
		"lab":     "no environment \"lab\"\n  there are: dev, local, staging, test\n  → choose one of these, or write env/.env.lab first",
		"stagign": "no environment \"stagign\"\n  there are: dev, local, staging, test\n  → did you mean \"staging\"?",
	} {
		_, err := Use(dirs, name, noon, rand.Reader)
		same(t, "the code", failure.CodeOf(err), failure.Usage)
		same(t, "the text", err.Error(), want)
		same(t, "created", exists(dirs.File(name)), false)
	}
	_, ok, err := Active(dirs)
	must(t, err)
	same(t, "something is active", ok, false)
}

// What is not made yet is no slip of the fingers, and of nothing there is nothing to choose.
func TestAnEnvironmentThatIsNotMadeYetIsToldHowItIs(t *testing.T) {
	dirs := repository(t, "staging")
	_, err := ReadEnvironment(dirs, "test")
	same(t, "the text", err.Error(), "the environment \"test\" is not made yet\n  → mage env:test makes it")
	_, err = ReadEnvironment(Dirs{Root: t.TempDir()}, "test")
	same(t, "the text", err.Error(), "no environment \"test\"\n  → write env/.env.test first")
}

func TestNamesAreSortedAndHoldNoTemplateAndNoTemporaryFile(t *testing.T) {
	dirs := repository(t, "test", "lab", "local.tmp.123", "backup-20240506T120000Z")
	names, err := Names(dirs)
	must(t, err)
	same(t, "the names", strings.Join(names, " "), "lab test")
	names, err = Names(Dirs{Root: t.TempDir()})
	must(t, err)
	same(t, "the number of names", len(names), 0)
}

func TestEnvironmentsMayLieBesideTheLink(t *testing.T) {
	root := t.TempDir()
	dirs := Dirs{Root: root, EnvDir: root, Link: filepath.Join(root, ".env")}
	write(t, dirs.File("dev"), "NAME=dev\n")
	write(t, dirs.Active(), "MINE=1\n")
	use(t, dirs, "dev")
	same(t, "the text", read(t, dirs.Active()), "NAME=dev\n")
	names, err := Names(dirs)
	must(t, err)
	same(t, "the names", strings.Join(names, " "), "dev")
}

func TestAnAbsoluteLinkIsRecognised(t *testing.T) {
	dirs := repository(t, "dev")
	must(t, os.Symlink(dirs.File("dev"), dirs.Active()))
	same(t, "the active name", active(t, dirs), "dev")
	same(t, "the switch", use(t, dirs, "dev"), Switch{Previous: "dev", Active: "dev"})
}

func TestFiftySwitchesAtOnceEndWithAValidLink(t *testing.T) {
	dirs := repository(t, "local", "dev")
	write(t, dirs.Active(), "MINE=1\n")
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			if _, err := Use(dirs, []string{"local", "dev"}[i%2], noon, rand.Reader); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	same(t, "the text", read(t, dirs.Active()), "NAME="+active(t, dirs)+"\n")
	same(t, "the number of leftovers", len(leftovers(t, dirs)), 0)
	backups, err := filepath.Glob(dirs.Active() + ".backup-*")
	must(t, err)
	if len(backups) == 0 {
		t.Error("the user's file is lost")
	}
	for _, backup := range backups {
		same(t, backup, read(t, backup), "MINE=1\n")
	}
}

func TestAFileThatCannotBeWrittenIsAFailureWithAHint(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("rights do not bind this user")
	}
	dirs := repository(t, "dev")
	must(t, os.Chmod(dirs.Root, 0o555))
	_, err := Use(dirs, "dev", noon, rand.Reader)
	same(t, "the code", failure.CodeOf(err), failure.Preflight)
	must(t, os.Chmod(dirs.Root, 0o755))
}
