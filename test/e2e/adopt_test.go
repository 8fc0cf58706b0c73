package e2e_test

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
)

// adoptee is somebody's repository with a filled-in .env, before Spellbook has
// made anything in it.
type adoptee struct {
	*stack
	layout project.Layout
}

func newAdoptee(t *testing.T, files map[string]string, l project.Layout) *adoptee {
	t.Helper()
	s := &stack{t: t, dir: filepath.Join(t.TempDir(), "theirs"), env: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}}
	for name, text := range files {
		s.file(name, text)
	}
	l.Root, l.ComposeDir = s.dir, "."
	return &adoptee{s, l}
}

func (a *adoptee) call(do func(context.Context, *app.Run) error) result {
	a.t.Helper()
	var out, errs bytes.Buffer
	w := &app.Run{Layout: a.layout, Dir: a.dir, Environ: a.env, In: strings.NewReader(""), Out: &out, Err: &errs, Now: time.Now}
	err := do(a.t.Context(), w)
	return result{code: failure.CodeOf(err), out: out.String(), err: errs.String(), failed: err}
}

// rendered is the whole model, as `docker compose config` prints it in the
// repository, and as we load it.
func (a *adoptee) rendered(shell ...string) (theirs, ours string) {
	a.t.Helper()
	cmd := exec.Command("docker", "compose", "--profile", "*", "config")
	cmd.Dir, cmd.Env = a.dir, append(append([]string{}, a.env...), shell...)
	text, err := cmd.Output()
	if err != nil {
		a.t.Fatalf("docker compose config: %v\n%s", err, text)
	}
	p, err := project.Load(a.t.Context(), a.layout, project.Options{Environ: cmd.Env, Profiles: []string{"*"}})
	if err != nil {
		a.t.Fatal(err)
	}
	d, err := p.Digests()
	if err != nil {
		a.t.Fatal(err)
	}
	model, err := json.Marshal([]any{p.Name, p.Model.Services, p.Model.Volumes, d})
	if err != nil {
		a.t.Fatal(err)
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
	a.t.Helper()
	type pair struct{ theirs, ours string }
	var before []pair
	for _, shell := range outsideValues {
		theirs, ours := a.rendered(shell...)
		before = append(before, pair{theirs, ours})
	}
	was := a.text(".env")
	if withTemplate {
		a.call(env.Template).want(a.t, failure.OK)
	}
	r := a.call(func(ctx context.Context, w *app.Run) error { return env.Use(ctx, w, "local", "env:local") }).want(a.t, failure.OK)
	if !strings.Contains(r.err, "with all that .env says") || strings.Contains(r.err, "generated") {
		a.t.Errorf("it says\n%s", r.all())
	}
	if info, err := os.Lstat(filepath.Join(a.dir, ".env")); err != nil || info.Mode()&os.ModeSymlink == 0 {
		a.t.Fatalf(".env is no link: %v", err)
	}
	if got := a.text(".env"); got != was {
		a.t.Errorf("the environment is %q\nwant %q", got, was)
	}
	backups, _ := filepath.Glob(filepath.Join(a.dir, ".env.backup-*"))
	if len(backups) != 1 || a.text(filepath.Base(backups[0])) != was {
		a.t.Errorf("the backups: %v", backups)
	}
	for i, shell := range outsideValues {
		theirs, ours := a.rendered(shell...)
		if theirs != before[i].theirs {
			a.t.Errorf("docker compose config with %v was\n%s\nand is\n%s", shell, before[i].theirs, theirs)
		}
		if ours != before[i].ours {
			a.t.Errorf("our model with %v was\n%s\nand is\n%s", shell, before[i].ours, ours)
		}
	}
}

func (a *adoptee) text(name string) string {
	a.t.Helper()
	text, err := os.ReadFile(filepath.Join(a.dir, name))
	if err != nil {
		a.t.Fatal(err)
	}
	return string(text)
}

func TestATemplateOfAnAdoptedRepositoryChangesNothingWhereThereIsNoValue(t *testing.T) {
	t.Parallel()
	for shape, files := range adoptedShapes {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			a := newAdoptee(t, files, project.Layout{})
			a.call(env.Template).want(t, failure.OK)
			theirs, ours := a.rendered("SALT=s")
			if shape == "env_file" { // what all of goes into containers is their own affair
				return
			}
			// The template's values below theirs, as env:sync puts them there: what it
			// generates is not among them.
			a.call(func(ctx context.Context, w *app.Run) error { return env.Use(ctx, w, "local", "env:local") }).want(t, failure.OK)
			a.call(func(ctx context.Context, w *app.Run) error {
				return env.Sync(ctx, w, env.SyncOptions{Yes: true})
			}).want(t, failure.OK)
			theirsNow, oursNow := a.rendered("SALT=s")
			if theirs != theirsNow || ours != oursNow {
				t.Errorf("with the template's values below theirs the model was\n%s\nand is\n%s\nof\n%s", theirs, theirsNow, a.text(".env"))
			}
		})
	}
}
