package environ

import (
	"crypto/rand"
	"errors"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestCreateMakesAFileThatOnlyItsOwnerReads(t *testing.T) {
	dirs := repository(t)
	created, err := Create(dirs, "local", rand.Reader)
	must(t, err)
	same(t, "created", created, true)
	info, err := os.Stat(dirs.File("local"))
	must(t, err)
	if runtime.GOOS != "windows" {
		same(t, "the mode", info.Mode(), 0o600)
	}
	same(t, "the number of leftovers", len(leftovers(t, dirs)), 0)
}

func TestAFileBeingWrittenIsReadableByItsOwnerOnlyFromTheFirstByte(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes")
	}
	dirs, seen := repository(t), 0
	d := disk{before: func(string) error {
		for _, path := range leftovers(t, dirs) {
			info, err := os.Stat(path)
			must(t, err)
			same(t, "the mode", info.Mode(), 0o600)
			seen++
		}
		return nil
	}}
	_, err := d.create(dirs, "local", rand.Reader, nil)
	must(t, err)
	if seen == 0 {
		t.Error("no temporary file was seen")
	}
}

func TestCreateHeadsTheTemplateWithWhatTheFileIs(t *testing.T) {
	dirs := repository(t)
	write(t, dirs.Template(), "\uFEFF# [generate 8]\nA=\n")
	_, err := Create(dirs, "dev", &endless{})
	must(t, err)
	same(t, "the file", read(t, dirs.File("dev")), `# The environment "dev", made from env/.env.example.
# Edit it as you like; it holds secrets, so do not commit it.

# [generate 8]
A=ABCDEFGH
`)
}

func TestCreateLeavesAnExistingFileAlone(t *testing.T) {
	dirs := repository(t, "local")
	created, err := Create(dirs, "local", rand.Reader)
	must(t, err)
	same(t, "created", created, false)
	same(t, "the file", read(t, dirs.File("local")), "NAME=local\n")
}

func TestCreateNeverOverwritesAFileThatAppearsInTheMiddle(t *testing.T) {
	dirs := repository(t)
	d := disk{before: func(move string) error {
		if move == "put in place" {
			write(t, dirs.File("local"), "mine\n")
		}
		return nil
	}}
	created, err := d.create(dirs, "local", rand.Reader, nil)
	must(t, err)
	same(t, "created", created, false)
	same(t, "the file", read(t, dirs.File("local")), "mine\n")
	same(t, "the number of leftovers", len(leftovers(t, dirs)), 0)
}

func TestRenameByLinkNeverOverwritesEither(t *testing.T) {
	dirs := repository(t, "dev", "test")
	err := linkNew(dirs.File("dev"), dirs.File("test"))
	if !errors.Is(err, os.ErrExist) {
		t.Errorf("error is %v", err)
	}
	same(t, "the file", read(t, dirs.File("test")), "NAME=test\n")
	must(t, linkNew(dirs.File("dev"), dirs.File("other")))
	same(t, "the old name exists", exists(dirs.File("dev")), false)
	same(t, "the file", read(t, dirs.File("other")), "NAME=dev\n")
}

func TestOfManyCreatingAtOnceExactlyOneDoes(t *testing.T) {
	dirs := repository(t)
	var group sync.WaitGroup
	results := make(chan bool, 20)
	for range cap(results) {
		group.Go(func() {
			created, err := Create(dirs, "local", rand.Reader)
			if err != nil {
				t.Error(err)
			}
			results <- created
		})
	}
	group.Wait()
	close(results)
	count := 0
	for created := range results {
		if created {
			count++
		}
	}
	same(t, "the number of creators", count, 1)
}

func TestCreateTellsWhatToDo(t *testing.T) {
	noTemplate := repository(t)
	must(t, os.Remove(noTemplate.Template()))
	badTemplate := repository(t)
	write(t, badTemplate.Template(), "A=1\n# [prot]\nB=1\n")
	noDirectory := Dirs{Root: t.TempDir()}
	for _, c := range []struct {
		dirs Dirs
		name string
		code failure.Code
		want string
	}{
		{noTemplate, "local", failure.Preflight, "no template env/.env.example\n  → mage env:template writes one from the Compose files; one that was committed comes back with: git checkout -- env/.env.example"},
		{noDirectory, "local", failure.Preflight, "no template env/.env.example"},
		{badTemplate, "local", failure.Preflight, "env/.env.example:2: unknown annotation [prot]; did you mean [port]?"},
		{badTemplate, "../x", failure.Usage, `environment name "../x" is not allowed`},
		{badTemplate, "example", failure.Usage, `environment name "example" is not allowed`},
	} {
		_, err := Create(c.dirs, c.name, rand.Reader)
		if failure.CodeOf(err) != c.code || !strings.HasPrefix(err.Error(), c.want) || !strings.Contains(err.Error(), "→") {
			t.Errorf("%s: code %d: %v", c.name, failure.CodeOf(err), err)
		}
	}
}
