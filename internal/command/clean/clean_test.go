package clean

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
)

type target func(context.Context, *app.Run, Options) error

func (do target) with(o Options) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return do(ctx, w, o) }
}

// world is an engine with something of each kind, of this project and of
// another, and a repository with build output.
func world(t *testing.T) (*commandtest.Repository, *commandtest.Engine) {
	t.Helper()
	r, e := commandtest.NewEngineRepository(t)
	db, api := r.Container("db", "postgres:16"), r.Container("api", "api:1")
	db.NetworkIDs, db.Volumes, db.SizeRw, db.Status = []string{"net-1"}, []string{"demo_data"}, 2_000, "Up 3 minutes"
	api.ImageID, api.State, api.Status = "sha256:api", "exited", "Exited (0) 1 minute ago"
	theirs := r.Container("x", "postgres:16")
	theirs.ID, theirs.Name, theirs.Labels = "id-theirs", "other-x-1", commandtest.Of("other", "com.docker.compose.service", "x")
	e.Containers = []*commandtest.Container{db, api, theirs}
	e.Images = []*commandtest.Image{{ID: "sha256:api", Tags: []string{"api:1"}, Labels: commandtest.Of("demo"), Size: 5_000_000},
		{ID: "sha256:0123456789abcdef", Labels: commandtest.Of("demo"), Size: 1_000_000},
		{ID: "sha256:theirs", Tags: []string{"theirs:1"}, Labels: commandtest.Of("other")}}
	e.Networks = []*commandtest.Network{{ID: "net-1", Name: "demo_default", Labels: commandtest.Of("demo")}, {ID: "net-2", Name: "other_default", Labels: commandtest.Of("other")}}
	e.Volumes = []*commandtest.Volume{{Name: "demo_data", Labels: commandtest.Of("demo"), Size: 47_700_000}, {Name: "other_data", Labels: commandtest.Of("other")}}
	r.Write("dist/app", "built")
	r.Write(".spellbook/remembered", "x")
	return r, e
}

// stack is what takes the containers and the network.
var stack = []string{"POST containers/demo-db-1/stop", "POST containers/demo-api-1/stop", "DELETE containers/demo-api-1", "DELETE containers/demo-db-1",
	"DELETE networks/demo_default"}

// targets are all of the namespace, with what the engine is told.
var targets = map[string]struct {
	do    target
	takes []string
}{
	"clean:all":        {All, stack},
	"clean:containers": {Containers, stack},
	"clean:images":     {Images, []string{"POST containers/demo-api-1/stop", "DELETE containers/demo-api-1", "DELETE images/api:1", "DELETE images/sha256:0123456789abcdef"}},
	"clean:volumes":    {Volumes, []string{"POST containers/demo-db-1/stop", "DELETE containers/demo-db-1", "DELETE volumes/demo_data"}},
}

func TestEachTargetTakesWhatIsItsOwnAndNothingOfAnotherProject(t *testing.T) {
	t.Parallel()
	for name, c := range targets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, e := world(t)
			r.Run(c.do.with(Options{Yes: true})).Want(t, failure.OK, "removed ")
			for _, told := range c.takes {
				if !strings.Contains(e.Done()+"\n", told+"\n") {
					t.Errorf("the engine was not told %s but\n%s", told, e.Done())
				}
			}
			if n := strings.Count(e.Done(), "\n") + 1; n != len(c.takes) || strings.Contains(e.Done(), "other") || strings.Contains(e.Done(), "theirs") {
				t.Errorf("the engine was told\n%s", e.Done())
			}
			if files := name != "clean:all"; r.Exists("dist") != files || r.Exists(".spellbook/remembered") != files {
				t.Error("files are gone, or left")
			}
			r.Run(c.do.with(Options{})).Want(t, failure.OK, "nothing to clean")
		})
	}
}

// What is about to go is listed with its size before anything is asked, and
// without a yes nothing goes.
func TestCleanTargetsSayWhatTheirTranscriptSays(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	var commands []commandtest.Command
	for _, name := range []string{"clean:all", "clean:containers", "clean:images", "clean:volumes"} {
		do := targets[name].do
		commands = append(commands, commandtest.Command{Line: name + " -dry", Do: do.with(Options{Dry: true})}, commandtest.Command{Line: name, Do: do.with(Options{})})
	}
	commands = append(commands, commandtest.Command{Line: "clean:all -confirm=dmo", Do: target(All).with(Options{Confirm: "dmo"})})
	r.Transcript("testdata/clean.golden", commands)
	if e.Done() != "" || !r.Exists("dist/app") || !r.Exists(".spellbook/remembered") {
		t.Errorf("without a yes something is gone:\n%s", e.Done())
	}
}

func TestSomebodyAtATerminalIsAskedAndMaySayNo(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	r.Term, r.In = true, "n\n"
	r.Run(target(Volumes).with(Options{})).Want(t, failure.Refused, "Remove 1 container, 1 volume of demo? [y/N] ")
	if e.Done() != "" {
		t.Errorf("the engine was told\n%s", e.Done())
	}
	r.In = "y\n"
	r.Run(target(Volumes).with(Options{})).Want(t, failure.OK, "removed 1 container, 1 volume\n")
}

// foreign makes the database's container another checkout's.
func foreign(r *commandtest.Repository, e *commandtest.Engine) {
	dir := filepath.Join(r.T.TempDir(), "elsewhere")
	e.Containers[0].Labels["com.docker.compose.project.working_dir"] = dir
	e.Containers[0].Labels["com.docker.compose.project.config_files"] = filepath.Join(dir, "docker-compose.yml")
}

func TestWhatAnotherCheckoutMadeIsKeptUnlessTheProjectIsNamed(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	foreign(r, e)
	x := r.Run(target(Containers).with(Options{Yes: true})).Want(t, failure.OK, "demo-db-1", " is kept\n", "→ mage clean:containers -confirm=demo removes that too\n", "removed 1 container")
	if got := e.Done(); !strings.Contains(got, "DELETE containers/demo-api-1") || strings.Contains(got, "demo-db-1") {
		t.Errorf("the engine was told\n%s%s", got, x)
	}
	t.Log("where nothing else is to be done, that is the error")
	r.Run(target(Volumes).with(Options{Yes: true})).Want(t, failure.Refused, "nothing of demo that could go was made from this checkout\n",
		"\n  → mage clean:volumes -confirm=demo removes that too")
	t.Log("what the hint says to type removes it")
	r.Run(target(Volumes).with(Options{Confirm: "demo"})).Want(t, failure.OK, "removed 1 container, 1 volume\n")
	if got := e.Done(); !strings.HasSuffix(got, "DELETE volumes/demo_data") {
		t.Errorf("the engine was told\n%s", got)
	}
}

func TestSomebodyAtATerminalMayNameTheProject(t *testing.T) {
	t.Parallel()
	for answer, code := range map[string]failure.Code{"demo\ny\n": failure.OK, "demi\n": failure.Refused, "\n": failure.Refused} {
		r, e := world(t)
		foreign(r, e)
		r.Term, r.In = true, answer
		x := r.Run(target(Volumes).with(Options{})).Want(t, code, "not made from this checkout:\n", "Type demo to remove that too, or press Enter to keep it: ")
		if removed := strings.Contains(e.Done(), "DELETE volumes/demo_data"); removed != (code == failure.OK) {
			t.Errorf("%q: the engine was told\n%s%s", answer, e.Done(), x)
		}
	}
}

// An image or a volume that a container of another project uses stays.
func TestWhatSomebodyElseUsesIsKept(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	theirs := e.Containers[2]
	theirs.ImageID, theirs.Volumes = "sha256:api", []string{"demo_data"}
	r.Run(target(Images).with(Options{Yes: true})).Want(t, failure.OK, "image api:1 is kept: used by container other-x-1 (of project other)", "removed 1 image\n")
	r.Run(target(Volumes).with(Options{Yes: true})).Want(t, failure.OK, "volume demo_data is kept", "nothing to clean")
	if got := e.Done(); got != "DELETE images/sha256:0123456789abcdef" {
		t.Errorf("the engine was told\n%s", got)
	}
}

// Build output is below the repository, whatever a link or a setting says.
func TestNoFileOutsideTheRepositoryIsRemoved(t *testing.T) {
	t.Parallel()
	r, _ := commandtest.NewEngineRepository(t)
	outside := t.TempDir()
	for _, dir := range []string{"..", ".", outside, "../" + filepath.Base(outside)} {
		do := func(ctx context.Context, w *app.Run) error {
			w.Layout.StateDir = dir
			return All(ctx, w, Options{Yes: true})
		}
		r.Run(do).Want(t, failure.OK, "nothing to clean")
	}
	if !r.Exists("compose/docker-compose.yml") {
		t.Error("the repository is gone")
	}
}

func TestAnEngineThatRefusesIsTold(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	e.Fails = map[string]string{"DELETE volumes/demo_data": "volume is in use"}
	r.Run(target(Volumes).with(Options{Yes: true})).Want(t, failure.Unexpected, "demo_data", "volume is in use")
	r.Env = append(r.Env, "DOCKER_HOST=unix:///nowhere.sock")
	for name, c := range targets {
		if x := r.Run(c.do.with(Options{Yes: true})).Want(t, failure.Preflight, "/nowhere.sock", "\n  → "); !r.Exists("dist/app") {
			t.Errorf("%s has removed files:\n%s", name, x)
		}
	}
}
