package e2e_test

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
)

func TestWhatWasBuiltIsToldAndExplained(t *testing.T) {
	t.Parallel()
	s := builds(t)
	plan := func() result {
		return s.run(func(ctx context.Context, w *app.Run) error { return build.Plan(ctx, w, false) }).want(t, failure.OK)
	}
	images := func() result {
		return s.run(func(ctx context.Context, w *app.Run) error { return build.Images(ctx, w, false) }).want(t, failure.OK)
	}
	explain := func(service string) result {
		return s.run(func(ctx context.Context, w *app.Run) error { return build.Explain(ctx, w, service, false) })
	}
	plan().says(t, "no image yet", "agent", "worker")
	explain("web").want(t, failure.OK).says(t, "no image yet")
	s.build(build.Options{All: true}).want(t, failure.OK)
	plan().says(t, "exists")
	s.up(infra.UpOptions{Services: []string{"web"}})
	images().says(t, "sbtest/"+s.name, "web", "MB")
	s.file("app/app.txt", "changed of "+s.name+"\n")
	s.file("app/added.txt", "new\n")
	s.edit("app/Dockerfile", "CMD", "ENV A=1\nCMD")
	s.edit("compose/docker-compose.yml", "context: ../app}", "context: ../app, args: {COLOUR: red}}")
	explain("worker").want(t, failure.OK).says(t, "app.txt", "added.txt", "COLOUR", "red", "Dockerfile")
	explain("wroker").want(t, failure.Usage).says(t, "did you mean worker")
	dry := s.build(build.Options{All: true, Dry: true}).want(t, failure.OK)
	dry.says(t, "build image sbtest/"+s.name+":dev (for agent, web, worker)")
}

func TestAnImageIsPushedUnderAllItsNames(t *testing.T) {
	t.Parallel()
	s := builds(t)
	address := registry(t)
	b := s.built(build.Options{Push: address + "/team"}).Builds[0]
	want := []string{address + "/team/" + b.Image, address + "/team/sbtest/" + s.name + ":dev", address + "/team/sbtest/" + s.name + "-worker:dev"}
	if !slices.Equal(b.Pushed, want) {
		t.Errorf("pushed %v, want %v", b.Pushed, want)
	}
	for _, ref := range want {
		if digest := s.client.RegistryDigest(t.Context(), ref); digest == "" {
			t.Errorf("the registry has no %s", ref)
		}
		cli(t, "image", "rm", ref)
	}
}

func TestAnAnswerFromMemoryIsOfWhatTheFilesSayNow(t *testing.T) {
	t.Parallel()
	s := builds(t)
	s.file("compose/more.yml", "services: {extra: {image: lab/service:1}}\n")
	s.edit("compose/docker-compose.yml", "services:\n", "include: [more.yml]\nservices:\n")
	s.edit("compose/docker-compose.yml", "context: ../app}", "context: ../app, args: {COLOUR: \"${COLOUR:-red}\"}}")
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
	before := s.env
	s.env = append(slices.Clone(before), "COLOUR=blue")
	is(t, s.built(build.Options{}), report.ImageBuilt, "argument COLOUR changed")
	exists("with the shell's variable")
	s.env = before
	exists("without it again")
	s.file(".env", "COLOUR=green\n")
	is(t, s.built(build.Options{}), report.ImageBuilt, "argument COLOUR changed")
	exists("with the file's variable")
	s.file("compose/more.yml", "services: {extra: {image: lab/service:1, build: ../other}}\n")
	s.file("other/Dockerfile", "FROM scratch\nCOPY . .\n")
	s.file("other/file", "x")
	if n := len(s.plannedBuilds()); n != 2 {
		t.Errorf("an included file that changed: %d builds", n)
	}
	s.file("compose/more.yml", "services: {extra: {image: lab/service:1}}\n")
	s.file(".env", "COLOUR=green\nHIDDEN_WORD=green\n")
	s.build(build.Options{All: true}).want(t, failure.OK)
	s.file("env/.env.example", "# [secret]\nHIDDEN_WORD=\n")
	s.file("env/.env.local", "COLOUR=green\nHIDDEN_WORD=green-and-long\n")
	s.edit("compose/docker-compose.yml", "${COLOUR:-red}", "${HIDDEN_WORD}")
	if err := os.Remove(filepath.Join(s.dir, ".env")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("env/.env.local", filepath.Join(s.dir, ".env")); err != nil {
		t.Fatal(err)
	}
	s.build(build.Options{All: true}).want(t, failure.Preflight).says(t, "argument COLOUR holds a secret")
}

// plannedBuilds are the builds of build:plan.
func (s *stack) plannedBuilds() []report.PlannedBuild {
	s.t.Helper()
	r := s.run(func(ctx context.Context, w *app.Run) error { return build.Plan(ctx, w, true) }).want(s.t, failure.OK)
	var doc report.BuildPlan
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil {
		s.t.Fatal(err)
	}
	return doc.Builds
}
