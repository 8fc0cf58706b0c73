package environ

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
)

func setting(name, value string) Change {
	return func(d dotenv.Document) (dotenv.Document, error) { return dotenv.Set(d, name, value) }
}

func TestOfManyEditsAtOnceNoneIsLost(t *testing.T) {
	dirs := repository(t, "local")
	var group sync.WaitGroup
	for i := range 25 {
		group.Go(func() {
			if _, err := Edit(t.Context(), dirs, "local", setting(fmt.Sprintf("A_%d", i), "x")); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	same(t, "the number of lines", strings.Count(read(t, dirs.File("local")), "=x\n"), 25)
	same(t, "the number of leftovers", len(leftovers(t, dirs)), 0)
}

func TestAnEditBuildsOnWhatAnEditorSavedInTheMiddle(t *testing.T) {
	dirs, asked := repository(t, "local"), 0
	changed, err := Edit(t.Context(), dirs, "local", func(d dotenv.Document) (dotenv.Document, error) {
		if asked++; asked == 1 {
			write(t, dirs.File("local"), "MINE=1\n")
		}
		return dotenv.Set(d, "A", "2")
	})
	must(t, err)
	same(t, "changed", changed, true)
	same(t, "the text", read(t, dirs.File("local")), "MINE=1\nA=2\n")
}

func TestAnEditThatFailsAtAnyMoveLeavesTheOldAndNoTemporaryFile(t *testing.T) {
	broken := errors.New("disk is full")
	for cut := range 3 {
		dirs, left := repository(t, "local"), cut
		d := disk{before: func(string) error {
			if left--; left < 0 {
				return broken
			}
			return nil
		}}
		if _, err := d.edit(t.Context(), dirs, "local", setting("A", "1")); !errors.Is(err, broken) {
			t.Errorf("move %d: error is %v", cut, err)
		}
		same(t, "the text", read(t, dirs.File("local")), "NAME=local\n")
		same(t, "the number of leftovers", len(leftovers(t, dirs)), 0)
	}
}

func TestAnEditedFileIsReadableByItsOwnerOnlyUnlessItIsCommitted(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // which has no modes
	}
	dirs := repository(t, "local", "lab")
	for name, want := range map[string]os.FileMode{"local": 0o600, "lab": 0o644} {
		_, err := Edit(t.Context(), dirs, name, setting("A", "1"))
		must(t, err)
		info, err := os.Stat(dirs.File(name))
		must(t, err)
		same(t, "the mode of "+name, info.Mode(), want)
	}
}

func TestAnEditOfALinkedFileEditsWhatItLeadsTo(t *testing.T) {
	dirs := repository(t)
	target := filepath.Join(t.TempDir(), "vault")
	write(t, target, "A=1\n")
	must(t, os.Symlink(target, dirs.File("local")))
	_, err := Edit(t.Context(), dirs, "local", setting("A", "2"))
	must(t, err)
	same(t, "the text", read(t, target), "A=2\n")
}

func TestAMarkedCopyFollowsAnEditUnlessSomebodyEditedIt(t *testing.T) {
	dirs := repository(t, "dev")
	useCopy(t, dirs, "dev")
	_, err := Edit(t.Context(), dirs, "dev", setting("A", "2"))
	must(t, err)
	same(t, "the copy", strings.HasSuffix(read(t, dirs.Active()), "NAME=dev\nA=2\n"), true)
	write(t, dirs.Active(), read(t, dirs.Active())+"MINE=1\n")
	_, err = Edit(t.Context(), dirs, "dev", setting("A", "3"))
	must(t, err)
	same(t, "the copy", strings.HasSuffix(read(t, dirs.Active()), "A=2\nMINE=1\n"), true)
}

func TestAnEditThatChangesNothingWritesNothing(t *testing.T) {
	dirs := repository(t, "local")
	d := disk{before: errors.New}
	changed, err := d.edit(t.Context(), dirs, "local", setting("NAME", "local"))
	must(t, err)
	same(t, "changed", changed, false)
}

func TestATemplateThatIsMissingIsMade(t *testing.T) {
	dirs := Dirs{Root: t.TempDir()}
	changed, err := EditTemplate(t.Context(), dirs, setting("A", "1"))
	must(t, err)
	same(t, "changed", changed, true)
	same(t, "the text", read(t, dirs.Template()), "A=1\n")
}

func TestAnEditTellsWhatToDo(t *testing.T) {
	dirs := repository(t, "local")
	write(t, dirs.File("dev"), "A=1\nB='hunter2\n")
	ended, end := context.WithCancel(t.Context())
	end()
	unlock, err := disk{}.lockDirectory(t.Context(), dirs.envDir(), "it")
	must(t, err)
	if _, err := Edit(ended, dirs, "local", setting("A", "1")); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	unlock()
	for _, c := range []struct {
		name, want string
		code       failure.Code
	}{
		{"loca", `no environment "loca"`, failure.Usage},
		{"example", `environment name "example" is not allowed`, failure.Usage},
		{"dev", "env/.env.dev:2: no closing quote after the value of B", failure.Preflight},
	} {
		_, err := Edit(t.Context(), dirs, c.name, setting("A", "1"))
		if failure.CodeOf(err) != c.code || !strings.HasPrefix(err.Error(), c.want) || !strings.Contains(err.Error(), "→") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
