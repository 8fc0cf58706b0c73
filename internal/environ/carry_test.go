package environ

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
)

const ownEnv = "\uFEFF# mine\r\nA = 'x $y' # why\r\nexport B=\"two\nlines\"\r\n\r\nBARE\r\nPOSTGRES_PASSWORD=old\nLAST=1"

func TestTheFirstStandardEnvironmentIsTheUsersOwnFileByteForByte(t *testing.T) {
	for _, template := range []bool{true, false} {
		dirs := repository(t)
		if !template {
			must(t, os.RemoveAll(dirs.envDir()))
		}
		write(t, dirs.Active(), ownEnv)
		s := use(t, dirs, "dev")
		same(t, "the switch", s, Switch{Active: "dev", Created: true, Carried: true, Backup: filepath.Join(dirs.Root, backupName)})
		same(t, "the environment", read(t, dirs.File("dev")), ownEnv)
		same(t, "the backup", read(t, s.Backup), ownEnv)
		for _, path := range []string{dirs.File("dev"), s.Backup} {
			info, err := os.Stat(path)
			must(t, err)
			same(t, "the mode", info.Mode().Perm(), 0o600)
		}
		same(t, "the next switch", use(t, dirs, "dev"), Switch{Previous: "dev", Active: "dev"})
	}
}

func TestOnlyTheFirstEnvironmentCarriesOver(t *testing.T) {
	dirs := repository(t)
	write(t, dirs.Active(), ownEnv)
	use(t, dirs, "local")
	same(t, "the switch", use(t, dirs, "test"), Switch{Previous: "local", Active: "test", Created: true})
	if text := read(t, dirs.File("test")); strings.Contains(text, "=old") || !strings.Contains(text, "POSTGRES_PORT=5432") {
		t.Errorf("test is %q", text)
	}
	dirs = repository(t, "local")
	write(t, dirs.Active(), ownEnv)
	same(t, "carried", use(t, dirs, "local").Carried, false)
	same(t, "the environment", read(t, dirs.File("local")), "NAME=local\n")
}

func TestALinkOfTheUsersOwnIsCarriedOverAndADanglingOneRefused(t *testing.T) {
	dirs := repository(t)
	write(t, filepath.Join(dirs.Root, "shared.env"), ownEnv)
	must(t, os.Symlink("shared.env", dirs.Active()))
	same(t, "carried", use(t, dirs, "local").Carried, true)
	same(t, "the environment", read(t, dirs.File("local")), ownEnv)
	same(t, "their file", read(t, filepath.Join(dirs.Root, "shared.env")), ownEnv)

	dirs = repository(t)
	must(t, os.Symlink("gone.env", dirs.Active()))
	_, err := Use(dirs, "local", noon, rand.Reader)
	same(t, "the code", failure.CodeOf(err), failure.Preflight)
	same(t, "the text", err.Error(), ".env leads to gone.env, which is not there\n  → bring that file back, or remove the link: rm .env")
	same(t, "made", exists(dirs.File("local")), false)
}

func TestNoTypeIsGuessedThatTheValueOfTodayIsNotOf(t *testing.T) {
	uses := []Usage{{Variable: "WEB_PORT", File: "c.yml"}, {Variable: "DB_PORT", File: "c.yml"}}
	doc, _, err := ScaffoldTemplate(dotenv.Document{}, uses, map[string]string{"WEB_PORT": "127.0.0.1:80", "DB_PORT": "5432"})
	must(t, err)
	if text := doc.String(); strings.Count(text, "[port?]") != 1 {
		t.Error(text)
	}
}
