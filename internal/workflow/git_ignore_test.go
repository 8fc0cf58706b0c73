package workflow

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

func (r *envRepository) gitAt(dir string, args ...string) {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "protocol.file.allow=always"}, args...)...)
	cmd.Dir = filepath.Join(r.dir, dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

var toAdd = regexp.MustCompile(`→ add to \.gitignore: (.*)`)

// adopt makes the repository one with a .env of the user's own.
func (r *envRepository) adopt() {
	r.t.Helper()
	for _, name := range []string{".env", "env/.env.local", ".gitignore"} {
		if err := os.Remove(filepath.Join(r.dir, name)); err != nil {
			r.t.Fatal(err)
		}
	}
	r.write(".env", "DB_PASSWORD=canary-own\n")
}

func TestASwitchNamesTheLinesThatKeepItsSecretsOutOfGit(t *testing.T) {
	for kind, prepare := range map[string]func(r *envRepository){
		"a repository": func(r *envRepository) { r.gitAt("", "init", "-q") },
		"a worktree": func(r *envRepository) {
			main := *r
			main.dir = t.TempDir()
			main.gitAt("", "init", "-q")
			main.gitAt("", "commit", "-q", "--allow-empty", "-m", "x")
			main.gitAt("", "worktree", "add", "-q", filepath.Join(r.dir, "tree"))
			if err := os.Rename(filepath.Join(r.dir, "tree/.git"), filepath.Join(r.dir, ".git")); err != nil {
				r.t.Fatal(err)
			}
		},
		"a submodule with the environments": func(r *envRepository) {
			r.gitAt("", "init", "-q")
			r.gitAt("env", "init", "-q")
			r.gitAt("env", "commit", "-q", "--allow-empty", "-m", "x")
			r.gitAt("", "submodule", "add", "-q", "./env", "env")
		},
	} {
		t.Run(kind, func(t *testing.T) {
			r := newEnvRepository(t)
			r.adopt()
			prepare(r)
			x := r.run(use("local")).want(t, failure.OK, "warning: git does not ignore what may hold secrets")
			found := toAdd.FindStringSubmatch(x.err)
			if found == nil || strings.Contains(x.String(), "canary") {
				t.Fatalf("no line to add, or a secret:\n%s", x)
			}
			lines := strings.Fields(found[1])
			if strings.Join(lines, " ") != "/env/.env.local /.env /.env.backup-*" {
				t.Errorf("the lines are %q", lines)
			}
			if kind == "a submodule with the environments" { // whose .gitignore is another one
				r.write("env/.gitignore", "/.env.*\n")
			}
			r.write(".gitignore", strings.Join(lines, "\n")+"\n")
			if err := os.Remove(filepath.Join(r.dir, "env/.env.local")); err != nil {
				t.Fatal(err)
			}
			r.write("env/.env.test", envLocal)
			r.run(use("test")).want(t, failure.OK)
			if y := r.run(use("local")).want(t, failure.OK); strings.Contains(y.err, "git does not ignore") {
				t.Errorf("with these lines:\n%s", y)
			}
		})
	}
}

func TestWithoutGitASwitchSaysNothingOfIt(t *testing.T) {
	r := newEnvRepository(t)
	r.adopt()
	if x := r.run(use("local")).want(t, failure.OK); strings.Contains(x.err, "→ add to .gitignore") {
		t.Errorf("it says\n%s", x)
	}
}

func TestWhatSpellbookRemembersIsIgnoredByGit(t *testing.T) {
	r := newEnvRepository(t)
	r.gitAt("", "init", "-q")
	keepOutOfGit(project.Layout{Root: r.dir}.WithDefaults())
	r.write(".spellbook/demo/up.json", "{}")
	out, err := exec.Command("git", "-C", r.dir, "status", "--porcelain", "--untracked-files=all").CombinedOutput()
	if err != nil || strings.Contains(string(out), ".spellbook") {
		t.Errorf("git status: %v\n%s", err, out)
	}
}
