package env_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// adoptee is somebody's repository with a filled-in .env, before Spellbook has
// made anything in it.
type adoptee struct {
	*stack
	layout project.Layout
}

func newAdoptee(t *testing.T, files map[string]string, l project.Layout) *adoptee {
	t.Helper()
	s := &stack{Stack: stacktest.Stack{T: t, Dir: filepath.Join(t.TempDir(), "theirs"), Env: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}}}
	for name, text := range files {
		s.File(name, text)
	}
	l.Root, l.ComposeDir = s.Dir, "."
	return &adoptee{s, l}
}

func (a *adoptee) call(do func(context.Context, *app.Run) error) stacktest.Result {
	a.T.Helper()
	var out, errs bytes.Buffer
	w := &app.Run{Layout: a.layout, Dir: a.Dir, Environ: a.Env, In: strings.NewReader(""), Out: &out, Err: &errs, Now: time.Now}
	err := do(a.T.Context(), w)
	return stacktest.Result{Code: failure.CodeOf(err), Out: out.String(), Err: errs.String(), Failed: err}
}

// rendered is the whole model, as `docker compose config` prints it in the
// repository, and as we load it.
func (a *adoptee) rendered(shell ...string) (theirs, ours string) {
	a.T.Helper()
	cmd := exec.Command("docker", "compose", "--profile", "*", "config")
	cmd.Dir, cmd.Env = a.Dir, append(append([]string{}, a.Env...), shell...)
	text, err := cmd.Output()
	if err != nil {
		a.T.Fatalf("docker compose config: %v\n%s", err, text)
	}
	p, err := project.Load(a.T.Context(), a.layout, project.Options{Environ: cmd.Env, Profiles: []string{"*"}})
	if err != nil {
		a.T.Fatal(err)
	}
	d, err := p.Digests()
	if err != nil {
		a.T.Fatal(err)
	}
	model, err := json.Marshal([]any{p.Name, p.Model.Services, p.Model.Volumes, d})
	if err != nil {
		a.T.Fatal(err)
	}
	return string(text), string(model)
}

// outsideValues are what may be set outside of any file.
var outsideValues = [][]string{nil, {"LEFT_ALONE=of the shell", "POSTGRES_USER=of the shell", "BARE_NAME=1", "DEBUG=1", "START_AUDIO_MUTED=", "SALT=s"}}

func TestAdoptingARepositoryChangesNothingThatAContainerGets(t *testing.T) {
	t.Parallel()
	for shape, files := range adoptedShapes {
		for name, c := range map[string]struct {
			envDir       string
			withTemplate bool
		}{"after env:template": {"", true}, "after env:template, beside the Compose file": {".", true}, "at once": {"", false}} {
			t.Run(shape+" "+name, func(t *testing.T) {
				t.Parallel()
				newAdoptee(t, files, project.Layout{EnvDir: c.envDir}).wantUnchangedBy(c.withTemplate)
			})
		}
	}
}

func (a *adoptee) wantUnchangedBy(withTemplate bool) {
	a.T.Helper()
	type pair struct{ theirs, ours string }
	var before []pair
	for _, shell := range outsideValues {
		theirs, ours := a.rendered(shell...)
		before = append(before, pair{theirs, ours})
	}
	was := a.Read(".env")
	if withTemplate {
		a.call(env.Template).Want(a.T, failure.OK)
	}
	r := a.call(func(ctx context.Context, w *app.Run) error { return env.Use(ctx, w, "local", "env:local") }).Want(a.T, failure.OK)
	r.Says(a.T, "with all that .env says").SaysNot(a.T, "generated")
	if info, err := os.Lstat(filepath.Join(a.Dir, ".env")); err != nil || info.Mode()&os.ModeSymlink == 0 {
		a.T.Fatalf(".env is no link: %v", err)
	}
	if got := a.Read(".env"); got != was {
		a.T.Errorf("the environment is %q\nwant %q", got, was)
	}
	backups, _ := filepath.Glob(filepath.Join(a.Dir, ".env.backup-*"))
	if len(backups) != 1 || a.Read(filepath.Base(backups[0])) != was {
		a.T.Errorf("the backups: %v", backups)
	}
	for i, shell := range outsideValues {
		theirs, ours := a.rendered(shell...)
		if theirs != before[i].theirs {
			a.T.Errorf("docker compose config with %v was\n%s\nand is\n%s", shell, before[i].theirs, theirs)
		}
		if ours != before[i].ours {
			a.T.Errorf("our model with %v was\n%s\nand is\n%s", shell, before[i].ours, ours)
		}
	}
}

func TestATemplateOfAnAdoptedRepositoryChangesNothingWhereThereIsNoValue(t *testing.T) {
	t.Parallel()
	for shape, files := range adoptedShapes {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			a := newAdoptee(t, files, project.Layout{})
			a.call(env.Template).Want(t, failure.OK)
			theirs, ours := a.rendered("SALT=s")
			if shape == "env_file" { // what all of goes into containers is their own affair
				return
			}
			// The template's values below theirs, as env:sync puts them there: what it
			// generates is not among them.
			a.call(func(ctx context.Context, w *app.Run) error { return env.Use(ctx, w, "local", "env:local") }).Want(t, failure.OK)
			a.call(func(ctx context.Context, w *app.Run) error {
				return env.Sync(ctx, w, env.SyncOptions{Yes: true})
			}).Want(t, failure.OK)
			theirsNow, oursNow := a.rendered("SALT=s")
			if theirs != theirsNow || ours != oursNow {
				t.Errorf("with the template's values below theirs the model was\n%s\nand is\n%s\nof\n%s", theirs, theirsNow, a.Read(".env"))
			}
		})
	}
}
