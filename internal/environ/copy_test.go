package environ

import (
	"crypto/rand"
	"errors"
	"os"
	"strings"
	"testing"
)

// withoutLinks is a disk on which nobody may make a symbolic link.
func withoutLinks() disk {
	return disk{before: func(move string) error {
		if move == "make temporary link" {
			return errNoLink{errors.New("a required privilege is not held")}
		}
		return nil
	}}
}

func useCopy(t *testing.T, dirs Dirs, name string) Switch {
	t.Helper()
	s, err := withoutLinks().use(dirs, name, noon, rand.Reader)
	must(t, err)
	return s
}

func TestWithoutLinksDotEnvIsAMarkedCopy(t *testing.T) {
	dirs := repository(t, "dev", "local")
	same(t, "the first switch", useCopy(t, dirs, "dev"), Switch{Active: "dev", Copied: true})
	text := read(t, dirs.Active())
	if !strings.HasPrefix(text, "# spellbook: copy of env/.env.dev\n") || !strings.HasSuffix(text, "\nNAME=dev\n") {
		t.Errorf("the copy is %q", text)
	}
	same(t, "the active name", active(t, dirs), "dev")
	same(t, "the second switch", useCopy(t, dirs, "local"), Switch{Previous: "dev", Active: "local", Copied: true})
	same(t, "a switch to a link", use(t, dirs, "dev"), Switch{Previous: "local", Active: "dev"})
}

func TestACopyFollowsItsFileAtTheNextSwitch(t *testing.T) {
	dirs := repository(t, "dev")
	useCopy(t, dirs, "dev")
	write(t, dirs.File("dev"), "\uFEFFNAME=changed\n")
	same(t, "the switch", useCopy(t, dirs, "dev"), Switch{Previous: "dev", Active: "dev", Copied: true})
	if text := read(t, dirs.Active()); !strings.HasSuffix(text, "\nNAME=changed\n") {
		t.Errorf("the copy is %q", text)
	}
}

func TestAnEditedCopyIsKept(t *testing.T) {
	dirs := repository(t, "dev", "local")
	useCopy(t, dirs, "dev")
	edited := read(t, dirs.Active()) + "EXTRA=1\n"
	write(t, dirs.Active(), edited)
	s := useCopy(t, dirs, "local")
	same(t, "the previous name", s.Previous, "dev")
	same(t, "the kept text", read(t, s.Backup), edited)
}

func TestAMarkOfAnotherDirectoryIsTheUsersOwn(t *testing.T) {
	dirs := repository(t)
	write(t, dirs.Active(), "# spellbook: copy of elsewhere/.env.dev\n")
	same(t, "the active name", active(t, dirs), "")
}

func TestWithoutHardLinksTheUsersFileIsCopied(t *testing.T) {
	dirs := repository(t)
	write(t, dirs.Active(), "MINE=1\n")
	backup := dirs.Active() + ".backup"
	kept, err := disk{}.copyFile(dirs.Active(), backup)
	must(t, err)
	same(t, "kept", kept, true)
	same(t, "the copy", read(t, backup), "MINE=1\n")
	if _, err = (disk{}).copyFile(dirs.Active(), backup); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second copy: %v", err)
	}
}
