package env

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/state"
)

func gitAt(r *commandtest.Repository, dir string, args ...string) {
	r.T.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "protocol.file.allow=always"}, args...)...)
	cmd.Dir = filepath.Join(r.Dir, dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		r.T.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

var toAdd = regexp.MustCompile(`→ add to \.gitignore: (.*)`)

// adopt makes the repository one with a .env of the user's own.
func adopt(r *commandtest.Repository) {
	r.T.Helper()
	for _, name := range []string{".env", "env/.env.local", ".gitignore"} {
		if err := os.Remove(filepath.Join(r.Dir, name)); err != nil {
			r.T.Fatal(err)
		}
	}
	r.Write(".env", "DB_PASSWORD=canary-own\n")
}

func TestASwitchNamesTheLinesThatKeepItsSecretsOutOfGit(t *testing.T) {
	for kind, prepare := range map[string]func(r *commandtest.Repository){
		"a repository": func(r *commandtest.Repository) { gitAt(r, "", "init", "-q") },
		"a worktree": func(r *commandtest.Repository) {
			main := *r
			main.Dir = t.TempDir()
			gitAt(&main, "", "init", "-q")
			gitAt(&main, "", "commit", "-q", "--allow-empty", "-m", "x")
			gitAt(&main, "", "worktree", "add", "-q", filepath.Join(r.Dir, "tree"))
			if err := os.Rename(filepath.Join(r.Dir, "tree/.git"), filepath.Join(r.Dir, ".git")); err != nil {
				r.T.Fatal(err)
			}
		},
		"a submodule with the environments": func(r *commandtest.Repository) {
			gitAt(r, "", "init", "-q")
			gitAt(r, "env", "init", "-q")
			gitAt(r, "env", "commit", "-q", "--allow-empty", "-m", "x")
			gitAt(r, "", "submodule", "add", "-q", "./env", "env")
		},
	} {
		t.Run(kind, func(t *testing.T) {
			r := commandtest.NewRepository(t)
			adopt(r)
			prepare(r)
			x := r.Run(useCall("local")).Want(t, failure.OK, "warning: git does not ignore what may hold secrets")
			found := toAdd.FindStringSubmatch(x.Err)
			if found == nil || strings.Contains(x.String(), "canary") {
				t.Fatalf("no line to add, or a secret:\n%s", x)
			}
			lines := strings.Fields(found[1])
			if strings.Join(lines, " ") != "/env/.env.local /.env /.env.backup-*" {
				t.Errorf("the lines are %q", lines)
			}
			if kind == "a submodule with the environments" { // whose .gitignore is another one
				r.Write("env/.gitignore", "/.env.*\n")
			}
			r.Write(".gitignore", strings.Join(lines, "\n")+"\n")
			if err := os.Remove(filepath.Join(r.Dir, "env/.env.local")); err != nil {
				t.Fatal(err)
			}
			r.Write("env/.env.test", commandtest.EnvLocal)
			r.Run(useCall("test")).Want(t, failure.OK)
			if y := r.Run(useCall("local")).Want(t, failure.OK); strings.Contains(y.Err, "git does not ignore") {
				t.Errorf("with these lines:\n%s", y)
			}
		})
	}
}

func TestWithoutGitASwitchSaysNothingOfIt(t *testing.T) {
	r := commandtest.NewRepository(t)
	adopt(r)
	if x := r.Run(useCall("local")).Want(t, failure.OK); strings.Contains(x.Err, "→ add to .gitignore") {
		t.Errorf("it says\n%s", x)
	}
}

func TestWhatSpellbookRemembersIsIgnoredByGit(t *testing.T) {
	r := commandtest.NewRepository(t)
	gitAt(r, "", "init", "-q")
	state.KeepOutOfGit(project.Layout{Root: r.Dir}.WithDefaults().Path(project.Layout{}.WithDefaults().StateDir))
	r.Write(".spellbook/demo/up.json", "{}")
	out, err := exec.Command("git", "-C", r.Dir, "status", "--porcelain", "--untracked-files=all").CombinedOutput()
	if err != nil || strings.Contains(string(out), ".spellbook") {
		t.Errorf("git status: %v\n%s", err, out)
	}
}

// TestADotenvThatGitHasIsTaken: many a repository has its values for everybody in
// git.
func TestADotenvThatGitHasIsTaken(t *testing.T) {
	r := commandtest.NewRepository(t)
	adopt(r)
	gitAt(r, "", "init", "-q")
	gitAt(r, "", "add", ".env")
	gitAt(r, "", "commit", "-q", "-m", "x")
	x := r.Run(useCall("local")).Want(t, failure.OK, "git tracks this file", "git rm --cached .env")
	if strings.Contains(x.String(), "error ") || strings.Contains(x.String(), "canary") {
		t.Errorf("an error, or a secret:\n%s", x)
	}
	if text, err := os.ReadFile(filepath.Join(r.Dir, "env/.env.local")); err != nil || !strings.Contains(string(text), "DB_PASSWORD=canary-own") {
		t.Errorf("its values are not the environment's: %v\n%s", err, text)
	}
	gitAt(r, "", "rm", "-q", "--cached", ".env")
	if y := r.Run(checkCall(CheckOptions{})).Want(t, failure.OK); strings.Contains(y.String(), "git tracks") {
		t.Errorf("after what it says to do:\n%s", y)
	}
}

func TestATemplateThatIsGoneComesBackByWhatIsPrinted(t *testing.T) {
	r := commandtest.NewRepository(t)
	gitAt(r, "", "init", "-q")
	gitAt(r, "", "add", "env/.env.example")
	gitAt(r, "", "commit", "-q", "-m", "x")
	r.Remove("env/.env.example")
	r.Remove("env/.env.local")
	r.Remove(".env")
	x := r.Run(useCall("local")).Want(t, failure.Preflight, "git checkout -- env/.env.example")
	r.Type(x.Failed.Error(), "git checkout")
	r.Run(useCall("local")).Want(t, failure.OK)
}
