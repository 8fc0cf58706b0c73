package build_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestAnIncludesOwnVariablesAreNotForgotten(t *testing.T) {
	t.Parallel()
	s := builds(t)
	s.Edit("compose/docker-compose.yml", "services:\n", "include: [../more/extra.yml]\nservices:\n")
	s.File("more/extra.yml", "services: {extra: {image: \"sbtest/"+s.Name+"-extra:dev\", build: {context: ../app, args: {COLOUR: \"${COLOUR:-red}\"}}}}\n")
	s.built(build.Options{})
	s.built(build.Options{})
	for _, colour := range []string{"blue", "green"} {
		s.File("more/.env", "COLOUR="+colour+"\n")
		at := slices.IndexFunc(s.built(build.Options{}).Builds, func(b report.Built) bool {
			return b.State == report.ImageBuilt && strings.Contains(b.Cause, "argument COLOUR changed")
		})
		if at < 0 {
			t.Errorf("%s is not noticed", colour)
		}
	}
}

func TestARunThatWaitedRemembersOnlyWhatItRead(t *testing.T) {
	t.Parallel()
	s := builds(t)
	s.File("app/Dockerfile", twoStages+"ARG COLOUR=red\nRUN sleep 5.2468\n")
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- build.Build(t.Context(), s.flow(stacktest.NewOutput()), build.Options{All: true}) }()
	stacktest.Eventually(t, "the build sleeps", func() bool { return len(stacktest.Processes(t, "sleep 5.2468")) > 0 })
	errs := stacktest.NewOutput()
	w := s.flow(stacktest.NewOutput())
	w.Err = errs
	go func() { second <- build.Build(t.Context(), w, build.Options{All: true}) }()
	stacktest.Eventually(t, "the second waits", func() bool { return strings.Contains(errs.String(), "waiting for") })
	s.Edit("compose/docker-compose.yml", "context: ../app}", "context: ../app, args: {COLOUR: blue}}")
	for _, done := range []chan error{first, second} {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	is(t, s.built(build.Options{}), report.ImageBuilt, "argument COLOUR changed")
}

func TestTellingOfBuildsNeedsNoBuilderThatCouldMakeThem(t *testing.T) {
	t.Parallel()
	s := builds(t)
	s.Edit("compose/docker-compose.yml", "context: ../app}", "context: ../app, platforms: [linux/s390x, linux/ppc64le]}")
	if plans := s.plannedBuilds(); len(plans) != 1 || plans[0].State != report.BuildState("build") {
		t.Errorf("planned %+v", plans)
	}
	s.Run(func(ctx context.Context, w *app.Run) error { return build.Images(ctx, w, true) }).Want(t, failure.OK)
	s.Run(func(ctx context.Context, w *app.Run) error { return build.Explain(ctx, w, "web", true) }).Want(t, failure.OK)
}

func TestAnEngineGetsTheOnePlatformThatItRuns(t *testing.T) {
	t.Parallel()
	s := builds(t)
	own := strings.TrimSpace(stacktest.Docker(t, "version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"))
	s.Edit("compose/docker-compose.yml", "context: ../app}", "context: ../app, platforms: [linux/s390x, "+own+"]}")
	several := is(t, s.built(build.Options{}), report.ImageBuilt, "no image yet")
	if again := is(t, s.built(build.Options{}), report.ImageExists, ""); again.Key != several.Key {
		t.Errorf("key %s, then %s", several.Key, again.Key)
	}
	is(t, s.built(build.Options{Platforms: []string{own}}), report.ImageExists, "")
	if inContainerd(t) {
		return // it gets all that are asked for: TestAllPlatformsThatAreAskedForAreKeptWhereTheEngineCan
	}
	s.build(build.Options{All: true, Platforms: []string{own, "linux/s390x"}}).Want(t, failure.Preflight).Says(t, "one platform")
	s.Edit("compose/docker-compose.yml", own, "linux/ppc64le")
	s.build(build.Options{All: true}).Want(t, failure.Preflight).Says(t, "one platform")
}

func TestABuildLinkedToWhatIsElsewhereIsAskedFor(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  base: {build: "https://git.example/base.git"}
  middle: {build: {context: ../app, additional_contexts: {base: "service:base"}}}
  web: {build: {context: ../app, additional_contexts: {middle: "service:middle"}}}
`)
	s.File("app/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n")
	for _, b := range s.plannedBuilds() {
		if b.Cause != "remote input https://git.example/base.git" {
			t.Errorf("%s: %s", b.Name, b.Cause)
		}
	}
}

func TestASecretThatIsNotThereIsToldBeforeTheBuild(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ secret, says string }{
		"variable": {"environment: SBTEST_UNSET_TOKEN", "SBTEST_UNSET_TOKEN is not set"},
		"file":     {"file: ./nowhere.txt", "compose/nowhere.txt is no file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := builds(t)
			s.Edit("compose/docker-compose.yml", "context: ../app}", "context: ../app, secrets: [TOKEN]}")
			s.File("compose/docker-compose.yml", s.Read("compose/docker-compose.yml")+"secrets: {TOKEN: {"+c.secret+"}}\n")
			s.build(build.Options{All: true}).Want(t, failure.Preflight).Says(t, c.says, "→")
		})
	}
}

func TestOneServiceOfABuildNeedsNoSecondImage(t *testing.T) {
	t.Parallel()
	s := builds(t)
	s.built(build.Options{})
	is(t, s.built(build.Options{Services: []string{"worker"}}), report.ImageExists, "")
}

func TestAnEngineThatDoesNotAnswerIsOneErrorOfEveryTarget(t *testing.T) {
	t.Parallel()
	s := builds(t)
	s.Env = append(slices.Clone(s.Env), "DOCKER_HOST=tcp://127.0.0.1:1")
	for name, target := range map[string]func(context.Context, *app.Run) error{
		"build": func(ctx context.Context, w *app.Run) error {
			return build.Build(ctx, w, build.Options{All: true, JSON: true})
		},
		"plan":    func(ctx context.Context, w *app.Run) error { return build.Plan(ctx, w, true) },
		"images":  func(ctx context.Context, w *app.Run) error { return build.Images(ctx, w, true) },
		"explain": func(ctx context.Context, w *app.Run) error { return build.Explain(ctx, w, "web", true) },
	} {
		r := s.Run(target).Want(t, failure.Preflight)
		var doc struct {
			Error    string `json:"error"`
			ExitCode int    `json:"exit_code"`
		}
		if err := json.Unmarshal([]byte(r.Out), &doc); err != nil || !strings.Contains(doc.Error, "no Docker engine answers at tcp://127.0.0.1:1") || doc.ExitCode != int(failure.Preflight) {
			t.Errorf("%s: %v\n%s", name, err, r.All())
		}
	}
}

func TestAContextMayBeALinkOrOutsideOfTheRepository(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	for name, text := range map[string]string{"Dockerfile": twoStages, "lib.txt": "lib\n", "app.txt": "outside\n"} {
		if err := os.WriteFile(filepath.Join(outside, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, change := range map[string]func(*stack){
		"link": func(s *stack) {
			if err := os.Symlink(outside, filepath.Join(s.Dir, "link")); err != nil {
				t.Fatal(err)
			}
			s.Edit("compose/docker-compose.yml", "context: ../app", "context: ../link")
		},
		"outside": func(s *stack) { s.Edit("compose/docker-compose.yml", "context: ../app", "context: "+outside) },
		"Dockerfile": func(s *stack) {
			s.Edit("compose/docker-compose.yml", "context: ../app", "context: ../app, dockerfile: "+outside+"/Dockerfile")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := builds(t)
			change(s)
			is(t, s.built(build.Options{}), report.ImageBuilt, "no image yet")
			is(t, s.built(build.Options{}), report.ImageExists, "")
			file := filepath.Join(outside, "app.txt")
			if name == "Dockerfile" {
				file = filepath.Join(outside, "Dockerfile")
			}
			old, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, append(old, "# more\n"...), 0o600); err != nil {
				t.Fatal(err)
			}
			is(t, s.built(build.Options{}), report.ImageBuilt, filepath.Base(file)+" changed")
		})
	}
}

func TestAnotherProjectsNameIsAnotherProject(t *testing.T) {
	t.Parallel()
	s := builds(t)
	s.Edit("compose/docker-compose.yml", "name: "+s.Name+"\n", "")
	s.File("compose/docker-compose.yml", strings.ReplaceAll(s.Read("compose/docker-compose.yml"), "image: sbtest/"+s.Name+":dev, ", ""))
	s.File("compose/docker-compose.yml", strings.ReplaceAll(s.Read("compose/docker-compose.yml"), "image: sbtest/"+s.Name+"-worker:dev", ""))
	before := s.Env
	for _, name := range []string{s.Name, s.Name + "-b"} {
		s.Env = append(slices.Clone(before), "COMPOSE_PROJECT_NAME="+name)
		b := is(t, s.built(build.Options{}), report.ImageBuilt, "no image yet")
		if !strings.HasPrefix(b.Image, name+"-agent:") {
			t.Errorf("image %s", b.Image)
		}
		is(t, s.built(build.Options{}), report.ImageExists, "")
	}
	other := *s
	other.Name += "-b"
	other.RemoveImages()
}

func TestVeryManyServicesAreManyBuildsAtOnce(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 200 {
		name := "svc." + strings.Repeat("x", i%5) + string(rune('a'+i%26)) + strings.Repeat("y", i/26)
		text.WriteString("  \"" + name + "\": {build: {context: ../app, args: {N: \"" + name + "\"}}}\n")
	}
	s := newStack(t, text.String())
	s.File("app/Dockerfile", "FROM lab/base:bookworm\nARG N\nCOPY . .\n")
	if n := len(s.plannedBuilds()); n != 200 {
		t.Errorf("%d builds", n)
	}
}

func TestABuildIsMadeWhereNothingCanBeRemembered(t *testing.T) {
	t.Parallel()
	s := builds(t)
	s.File(".spellbook", "a file\n")
	r := s.build(build.Options{All: true}).Want(t, failure.OK)
	r.Says(t, "built")
	if strings.Count(r.All(), "warning: ") != 1 {
		t.Errorf("want one warning:\n%s", r.All())
	}
	s.build(build.Options{All: true}).Want(t, failure.OK).Says(t, "nothing to build")
}
