package infra_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/clean"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// unwritable are ways in which what Spellbook remembers cannot be written. Modes
// are none: root, who runs these tests, may write whatever they say.
var unwritable = map[string]func(*stack){
	"a file is in the directory's place": func(s *stack) { s.File(".spellbook", "a file\n") },
	"the disk is full":                   func(s *stack) { s.mount("size=4k"); s.File(".spellbook/all-of-it", strings.Repeat("x", 4096)) },
	"the disk is read-only":              func(s *stack) { s.mount("ro") },
}

// mount puts a file system of its own where Spellbook remembers.
func (s *stack) mount(options string) {
	s.T.Helper()
	dir := filepath.Join(s.Dir, ".spellbook")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		s.T.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "sbtest", dir).CombinedOutput(); err != nil {
		s.T.Fatalf("mount: %v (root may)\n%s", err, out)
	}
	s.T.Cleanup(func() { _ = exec.Command("umount", dir).Run() })
}

// remembered are the files there, which must be those of before.
func (s *stack) remembered() []string {
	s.T.Helper()
	var list []string
	err := filepath.WalkDir(filepath.Join(s.Dir, ".spellbook"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		s.T.Fatal(err)
	}
	return list
}

func TestWhatOnlySavesTimeNeverFailsARun(t *testing.T) {
	t.Parallel()
	for name, prepare := range unwritable {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			s := newStack(t, stacktest.Pair)
			prepare(s)
			before := s.remembered()
			steps := []struct {
				name string
				runs int // containers that run after it
				do   func(context.Context, *app.Run) error
			}{
				{"infra:up", 2, func(ctx context.Context, w *app.Run) error { return infra.Up(ctx, w, infra.UpOptions{}) }},
				{"infra:restart -services=web", 2, func(ctx context.Context, w *app.Run) error {
					return infra.Restart(ctx, w, []string{"web"})
				}},
				{"infra:stop", 0, func(ctx context.Context, w *app.Run) error { return infra.Stop(ctx, w, nil) }},
				{"infra:start", 2, func(ctx context.Context, w *app.Run) error { return infra.Start(ctx, w, nil) }},
			}
			for _, step := range steps {
				r := s.Run(step.do)
				if warned := strings.Count(r.All(), "warning: "); r.Code != failure.OK || warned != 1 {
					t.Errorf("%s: exit code %d, %d warnings\n%s", step.name, r.Code, warned, r.All())
				}
				if runs := s.runs(); runs != step.runs {
					t.Errorf("after %s %d containers run", step.name, runs)
				}
			}
			status := s.Status(false) // Docker's own check may not have come round
			if _, err := os.ReadDir(filepath.Join(s.Dir, ".spellbook")); err == nil {
				status.SaysNot(t, "warning")
			} else if strings.Count(status.All(), "warning: ") != 1 {
				t.Errorf("one warning that nothing can be read, please\n%s", status.All())
			}
			s.Down(infra.DownOptions{}).Want(t, failure.OK)
			if ids := s.IDs(); len(ids) != 0 {
				t.Errorf("infra:down left %v", ids)
			}
			if after := s.remembered(); !slices.Equal(after, before) {
				t.Errorf("left behind: %q", after)
			}
		})
	}
}

// runs counts the containers that run.
func (s *stack) runs() int {
	s.T.Helper()
	n := 0
	for _, id := range s.IDs() {
		if strings.HasSuffix(id, " running") {
			n++
		}
	}
	return n
}

// A record that is there and cannot be removed is of containers that are gone.
func TestARecordThatCannotBeRemovedKeepsNothingUp(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]func(*stack) stacktest.Result{
		"down": func(s *stack) stacktest.Result { return s.Down(infra.DownOptions{}) },
		"clean": func(s *stack) stacktest.Result {
			return s.Run(func(ctx context.Context, w *app.Run) error { return clean.Containers(ctx, w, clean.Options{Yes: true}) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, stacktest.Pair)
			s.mount("size=1m")
			s.Up(infra.UpOptions{}).Want(t, failure.OK)
			cli := exec.Command("mount", "-o", "remount,ro", filepath.Join(s.Dir, ".spellbook"))
			if out, err := cli.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if r := target(s).Want(t, failure.OK); strings.Count(r.All(), "warning: ") != 1 {
				t.Errorf("one warning, please:\n%s", r.All())
			}
			if ids := s.IDs(); len(ids) != 0 {
				t.Errorf("left %v", ids)
			}
			s.Up(infra.UpOptions{}).Want(t, failure.OK)
			s.Running(2)
		})
	}
}
