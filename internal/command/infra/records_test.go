package infra

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// remembered are the files of what Spellbook remembers, of which git's own is none.
func remembered(t *testing.T, r *repository) (list []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(r.Dir, ".spellbook"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != ".gitignore" {
			list = append(list, path)
		}
		return err
	})
	if err != nil || len(list) == 0 {
		t.Fatalf("%v: %d files are remembered", err, len(list))
	}
	return list
}

// What cannot be read counts as absent, and that is told: a directory in a record's
// place is what Docker makes of a bind mount whose file was not there.
func TestADirectoryInARecordsPlaceIsAnAbsentRecordAndAWarning(t *testing.T) {
	t.Parallel()
	for name, replace := range map[string]func(*repository, string){
		"an empty directory": func(r *repository, path string) { mkdir(r, path) },
		"a directory with a file": func(r *repository, path string) {
			mkdir(r, path)
			if err := os.WriteFile(filepath.Join(path, "x"), nil, 0o600); err != nil {
				r.T.Fatal(err)
			}
		},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			first, e := commandtest.NewStack(t)
			running(first, e)
			for _, path := range remembered(t, first) {
				r, e := commandtest.NewStack(t)
				running(r, e)
				record := filepath.Join(r.Dir, strings.TrimPrefix(path, first.Dir))
				replace(r, record)
				warned := 0
				for _, target := range []commandtest.Target{statusCall(false), upCall(UpOptions{}), upCall(UpOptions{}), onServices(Restart, "api"),
					onServices(Stop), onServices(Start), downCall(DownOptions{})} {
					x := r.Run(target).Want(t, failure.OK)
					warned += strings.Count(x.Err, "warning: ")
					if n := strings.Count(x.Err, "warning: "); n > 1 {
						t.Errorf("%s: %d warnings\n%s", filepath.Base(path), n, x)
					}
				}
				if warned == 0 {
					t.Errorf("%s: not one warning", filepath.Base(path))
				}
			}
		})
	}
}

func mkdir(r *repository, path string) {
	if err := os.RemoveAll(path); err != nil {
		r.T.Fatal(err)
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		r.T.Fatal(err)
	}
}

// Status and up, where nothing can be remembered at all.
func TestAFileInPlaceOfTheRecordsIsToldByWhatLooksToo(t *testing.T) {
	t.Parallel()
	r, e := commandtest.NewStack(t)
	running(r, e)
	r.Remove(".spellbook")
	r.Write(".spellbook", "a file\n")
	for _, target := range []commandtest.Target{statusCall(false), upCall(UpOptions{})} {
		x := r.Run(target).Want(t, failure.OK, "warning: ")
		if n := strings.Count(x.Err, "warning: "); n != 1 {
			t.Errorf("%d warnings, want one\n%s", n, x)
		}
	}
}

// What is locked lies beside what the user has, too.
func TestADirectoryInTheLocksPlaceIsToldWithWhatToDo(t *testing.T) {
	t.Parallel()
	r, e := commandtest.NewStack(t)
	running(r, e)
	locks, err := filepath.Glob(filepath.Join((&app.Run{Environ: r.Env}).CacheDir(), "spellbook", "locks", "demo-*.lock"))
	if err != nil || len(locks) != 1 {
		t.Fatalf("%v: %q", err, locks)
	}
	mkdir(r, locks[0])
	r.Run(onServices(Restart, "api")).Want(t, failure.Preflight, "→ rm -r '"+locks[0]+"'")
	if err := os.RemoveAll(locks[0]); err != nil { // what the hint says
		t.Fatal(err)
	}
	r.Run(onServices(Restart, "api")).Want(t, failure.OK)
}
