package e2e_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
)

func TestAnIncludesOwnVariablesAreNotForgotten(t *testing.T) {
	t.Parallel()
	s := builds(t)
	s.edit("compose/docker-compose.yml", "services:\n", "include: [../more/extra.yml]\nservices:\n")
	s.file("more/extra.yml", "services: {extra: {image: \"sbtest/"+s.name+"-extra:dev\", build: {context: ../app, args: {COLOUR: \"${COLOUR:-red}\"}}}}\n")
	s.built(build.Options{})
	s.built(build.Options{})
	for _, colour := range []string{"blue", "green"} {
		s.file("more/.env", "COLOUR="+colour+"\n")
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
	s.file("app/Dockerfile", twoStages+"ARG COLOUR=red\nRUN sleep 5.2468\n")
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- build.Build(t.Context(), s.flow(&lines{}), build.Options{All: true}) }()
	eventually(t, "the build sleeps", time.Minute, func() bool { return len(processes(t, "sleep 5.2468")) > 0 })
	errs := &lines{}
	w := s.flow(&lines{})
	w.Err = errs
	go func() { second <- build.Build(t.Context(), w, build.Options{All: true}) }()
	eventually(t, "the second waits", time.Minute, func() bool { return strings.Contains(errs.String(), "waiting for") })
	s.edit("compose/docker-compose.yml", "context: ../app}", "context: ../app, args: {COLOUR: blue}}")
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
	s.edit("compose/docker-compose.yml", "context: ../app}", "context: ../app, platforms: [linux/s390x, linux/ppc64le]}")
	if plans := s.plannedBuilds(); len(plans) != 1 || plans[0].State != report.BuildState("build") {
		t.Errorf("planned %+v", plans)
	}
	s.run(func(ctx context.Context, w *app.Run) error { return build.Images(ctx, w, true) }).want(t, failure.OK)
	s.run(func(ctx context.Context, w *app.Run) error { return build.Explain(ctx, w, "web", true) }).want(t, failure.OK)
}

func TestAnEngineGetsTheOnePlatformThatItRuns(t *testing.T) {
	t.Parallel()
	s := builds(t)
	own := strings.TrimSpace(cli(t, "version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"))
	s.edit("compose/docker-compose.yml", "context: ../app}", "context: ../app, platforms: [linux/s390x, "+own+"]}")
	several := is(t, s.built(build.Options{}), report.ImageBuilt, "no image yet")
	if again := is(t, s.built(build.Options{}), report.ImageExists, ""); again.Key != several.Key {
		t.Errorf("key %s, then %s", several.Key, again.Key)
	}
	is(t, s.built(build.Options{Platforms: []string{own}}), report.ImageExists, "")
	s.build(build.Options{All: true, Platforms: []string{own, "linux/s390x"}}).want(t, failure.Preflight).says(t, "one platform")
	s.edit("compose/docker-compose.yml", own, "linux/ppc64le")
	s.build(build.Options{All: true}).want(t, failure.Preflight).says(t, "one platform")
}

func TestABuildLinkedToWhatIsElsewhereIsAskedFor(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  base: {build: "https://git.example/base.git"}
  middle: {build: {context: ../app, additional_contexts: {base: "service:base"}}}
  web: {build: {context: ../app, additional_contexts: {middle: "service:middle"}}}
`)
	s.file("app/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n")
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
			s.edit("compose/docker-compose.yml", "context: ../app}", "context: ../app, secrets: [TOKEN]}")
			s.file("compose/docker-compose.yml", s.text()+"secrets: {TOKEN: {"+c.secret+"}}\n")
			s.build(build.Options{All: true}).want(t, failure.Preflight).says(t, c.says, "→")
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
	s.env = append(slices.Clone(s.env), "DOCKER_HOST=tcp://127.0.0.1:1")
	for name, target := range map[string]func(context.Context, *app.Run) error{
		"build": func(ctx context.Context, w *app.Run) error {
			return build.Build(ctx, w, build.Options{All: true, JSON: true})
		},
		"plan":    func(ctx context.Context, w *app.Run) error { return build.Plan(ctx, w, true) },
		"images":  func(ctx context.Context, w *app.Run) error { return build.Images(ctx, w, true) },
		"explain": func(ctx context.Context, w *app.Run) error { return build.Explain(ctx, w, "web", true) },
	} {
		r := s.run(target).want(t, failure.Preflight)
		var doc struct {
			Error    string `json:"error"`
			ExitCode int    `json:"exit_code"`
		}
		if err := json.Unmarshal([]byte(r.out), &doc); err != nil || !strings.Contains(doc.Error, "no Docker engine answers at tcp://127.0.0.1:1") || doc.ExitCode != int(failure.Preflight) {
			t.Errorf("%s: %v\n%s", name, err, r.all())
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
			if err := os.Symlink(outside, filepath.Join(s.dir, "link")); err != nil {
				t.Fatal(err)
			}
			s.edit("compose/docker-compose.yml", "context: ../app", "context: ../link")
		},
		"outside": func(s *stack) { s.edit("compose/docker-compose.yml", "context: ../app", "context: "+outside) },
		"Dockerfile": func(s *stack) {
			s.edit("compose/docker-compose.yml", "context: ../app", "context: ../app, dockerfile: "+outside+"/Dockerfile")
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
	s.edit("compose/docker-compose.yml", "name: "+s.name+"\n", "")
	s.file("compose/docker-compose.yml", strings.ReplaceAll(s.text(), "image: sbtest/"+s.name+":dev, ", ""))
	s.file("compose/docker-compose.yml", strings.ReplaceAll(s.text(), "image: sbtest/"+s.name+"-worker:dev", ""))
	before := s.env
	for _, name := range []string{s.name, s.name + "-b"} {
		s.env = append(slices.Clone(before), "COMPOSE_PROJECT_NAME="+name)
		b := is(t, s.built(build.Options{}), report.ImageBuilt, "no image yet")
		if !strings.HasPrefix(b.Image, name+"-agent:") {
			t.Errorf("image %s", b.Image)
		}
		is(t, s.built(build.Options{}), report.ImageExists, "")
	}
	other := *s
	other.name += "-b"
	other.removeImages()
}

func TestVeryManyServicesAreManyBuildsAtOnce(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 200 {
		name := "svc." + strings.Repeat("x", i%5) + string(rune('a'+i%26)) + strings.Repeat("y", i/26)
		text.WriteString("  \"" + name + "\": {build: {context: ../app, args: {N: \"" + name + "\"}}}\n")
	}
	s := newStack(t, text.String())
	s.file("app/Dockerfile", "FROM lab/base:bookworm\nARG N\nCOPY . .\n")
	if n := len(s.plannedBuilds()); n != 200 {
		t.Errorf("%d builds", n)
	}
}
