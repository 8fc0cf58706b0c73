package build_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestWhatWasBuiltIsToldAndExplained(t *testing.T) {
	t.Parallel()
	s := builds(t)
	plan := func() stacktest.Result {
		return s.Run(func(ctx context.Context, w *app.Run) error { return build.Plan(ctx, w, false) }).Want(t, failure.OK)
	}
	images := func() stacktest.Result {
		return s.Run(func(ctx context.Context, w *app.Run) error { return build.Images(ctx, w, false) }).Want(t, failure.OK)
	}
	explain := func(service string) stacktest.Result {
		return s.Run(func(ctx context.Context, w *app.Run) error { return build.Explain(ctx, w, service, false) })
	}
	plan().Says(t, "no image yet", "agent", "worker")
	explain("web").Want(t, failure.OK).Says(t, "no image yet")
	s.build(build.Options{All: true}).Want(t, failure.OK)
	plan().Says(t, "exists")
	s.Up(infra.UpOptions{Services: []string{"web"}})
	images().Says(t, "sbtest/"+s.Name, "web", "MB")
	s.File("app/app.txt", "changed of "+s.Name+"\n")
	s.File("app/added.txt", "new\n")
	s.Edit("app/Dockerfile", "CMD", "ENV A=1\nCMD")
	s.Edit("compose/docker-compose.yml", "context: ../app}", "context: ../app, args: {COLOUR: red}}")
	explain("worker").Want(t, failure.OK).Says(t, "app.txt", "added.txt", "COLOUR", "red", "Dockerfile")
	explain("wroker").Want(t, failure.Usage).Says(t, "did you mean worker")
	dry := s.build(build.Options{All: true, Dry: true}).Want(t, failure.OK)
	dry.Says(t, "build image sbtest/"+s.Name+":dev (for agent, web, worker)")
}

func TestAnImageIsPushedUnderAllItsNames(t *testing.T) {
	t.Parallel()
	s := builds(t)
	address := stacktest.Registry(t)
	b := s.built(build.Options{Push: address + "/team"}).Builds[0]
	want := []string{address + "/team/" + b.Image, address + "/team/sbtest/" + s.Name + ":dev", address + "/team/sbtest/" + s.Name + "-worker:dev"}
	if !slices.Equal(b.Pushed, want) {
		t.Errorf("pushed %v, want %v", b.Pushed, want)
	}
	for _, ref := range want {
		if digest := s.Client.RegistryDigest(t.Context(), ref); digest == "" {
			t.Errorf("the registry has no %s", ref)
		}
		stacktest.Docker(t, "image", "rm", ref)
	}
}

func TestAnAnswerFromMemoryIsOfWhatTheFilesSayNow(t *testing.T) {
	t.Parallel()
	s := builds(t)
	s.File("compose/more.yml", "services: {extra: {image: lab/service:1}}\n")
	s.Edit("compose/docker-compose.yml", "services:\n", "include: [more.yml]\nservices:\n")
	s.Edit("compose/docker-compose.yml", "context: ../app}", "context: ../app, args: {COLOUR: \"${COLOUR:-red}\"}}")
	// Where the argument changes nothing, the classic store has one image of both, and others have two.
	s.File("app/Dockerfile", twoStages+"ARG COLOUR\nLABEL colour=$COLOUR\n")
	s.built(build.Options{})
	exists := func(what string) {
		t.Helper()
		for range 2 {
			if state := s.built(build.Options{}).Builds[0].State; state != report.ImageExists {
				t.Errorf("%s: %s", what, state)
			}
		}
	}
	exists("nothing changed")
	before := s.Env
	s.Env = append(slices.Clone(before), "COLOUR=blue")
	is(t, s.built(build.Options{}), report.ImageBuilt, "argument COLOUR changed")
	exists("with the shell's variable")
	s.Env = before
	is(t, s.built(build.Options{}), report.ImageTagged, "")
	exists("without it again")
	s.File(".env", "COLOUR=green\n")
	is(t, s.built(build.Options{}), report.ImageBuilt, "argument COLOUR changed")
	exists("with the file's variable")
	s.File("compose/more.yml", "services: {extra: {image: lab/service:1, build: ../other}}\n")
	s.File("other/Dockerfile", "FROM scratch\nCOPY . .\n")
	s.File("other/file", "x")
	if n := len(s.plannedBuilds()); n != 2 {
		t.Errorf("an included file that changed: %d builds", n)
	}
	s.File("compose/more.yml", "services: {extra: {image: lab/service:1}}\n")
	s.File(".env", "COLOUR=green\nHIDDEN_WORD=green\n")
	s.build(build.Options{All: true}).Want(t, failure.OK)
	s.File("env/.env.example", "# [secret]\nHIDDEN_WORD=\n")
	s.File("env/.env.local", "COLOUR=green\nHIDDEN_WORD=green-and-long\n")
	s.Edit("compose/docker-compose.yml", "${COLOUR:-red}", "${HIDDEN_WORD}")
	if err := os.Remove(filepath.Join(s.Dir, ".env")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("env/.env.local", filepath.Join(s.Dir, ".env")); err != nil {
		t.Fatal(err)
	}
	s.build(build.Options{All: true}).Want(t, failure.Preflight).Says(t, "argument COLOUR holds the secret HIDDEN_WORD")
}

// plannedBuilds are the builds of build:plan.
func (s *stack) plannedBuilds() []report.PlannedBuild {
	s.T.Helper()
	r := s.Run(func(ctx context.Context, w *app.Run) error { return build.Plan(ctx, w, true) }).Want(s.T, failure.OK)
	var doc report.BuildPlan
	if err := json.Unmarshal([]byte(r.Out), &doc); err != nil {
		s.T.Fatal(err)
	}
	return doc.Builds
}
