package infra_test

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Compose builds what has pull_policy: build at each of its calls.
func TestWhatIsBuiltAtEachCallIsBuiltOnce(t *testing.T) {
	const text = `
  web: {image: shop/web, build: ., pull_policy: build, post_start: [{command: "true"}]}
  page: {image: shop/page, build: .}
  tool: {build: .}
  db: {image: postgres:16}
`
	for name, c := range map[string]struct {
		text          string
		built         []string
		missing       string
		create, start bool // with --no-build
	}{
		"Compose builds it":          {text, nil, "", false, true},
		"it was built":               {text, []string{"web", "tool"}, "", true, true},
		"another is not there":       {text, []string{"web", "tool"}, "shop/page", false, true},
		"another may not be there":   {text, []string{"web"}, "", false, true},
		"nothing is built each time": {strings.Replace(text, "pull_policy: build, ", "", 1), []string{"web", "tool"}, "", false, false},
	} {
		p := load(t, c.text, project.Options{})
		got, err := infra.PlanUp(p, observe.State{Missing: map[string]bool{c.missing: true}}, infra.UpOptions{Built: c.built})
		if err != nil {
			t.Fatal(err)
		}
		create, start := "docker compose create db", "docker compose up -d --no-deps --no-recreate web"
		if c.create {
			create = "docker compose create --no-build db"
		}
		if c.start {
			start = "docker compose up -d --no-deps --no-recreate --no-build web"
		}
		if text := got.String(); !strings.Contains(text, create) || !strings.Contains(text, start) {
			t.Errorf("%s: no %q, %q in\n%s", name, create, start, text)
		}
	}
}

// What Compose does not touch it does not build either.
func TestOneServiceIsRecreatedAloneWithoutABuildOfAnother(t *testing.T) {
	p := load(t, `
  web: {image: shop/web, build: ., pull_policy: build}
  api: {image: shop/api, build: ., pull_policy: build}
`, project.Options{})
	got, err := infra.PlanUp(p, observe.State{}, infra.UpOptions{Recreate: []string{"web"}, Alone: true, Built: []string{"web"}})
	if err != nil {
		t.Fatal(err)
	}
	const want = "docker compose up --no-start --no-deps --force-recreate --no-build web"
	if text := got.String(); !strings.Contains(text, want) {
		t.Errorf("no %q in\n%s", want, text)
	}
}

// Before anything is compared: which containers are of an older image is known only then.
func TestWhatIsBuiltAtEachCallIsBuiltBeforeItIsLookedAt(t *testing.T) {
	p := load(t, `
  web: {image: shop/web, build: ., pull_policy: build}
  page: {image: shop/page, build: .}
  new: {build: ., pull_policy: build}
`, project.Options{})
	s := observe.State{Containers: map[string][]observe.Container{"web": {container(p, "web", 1)}, "page": {container(p, "page", 1)}}}
	for built, want := range map[string]string{"page": "docker compose build web", "web": ""} {
		planned, services := infra.PlanBuild(p, s, infra.UpOptions{Built: []string{built}})
		if text := planned.String(); !strings.Contains(text, want) || len(services) > 0 != (want != "") || planned.Empty() != (want == "") {
			t.Errorf("%s was built: %v by\n%s", built, services, text)
		}
	}
}

// As Compose: what is built is what another service of the same image runs.
func TestAnImageThatAnotherServiceBuildsIsNotPulled(t *testing.T) {
	p := load(t, `
  worker: {image: shop/app, pull_policy: never}
  web: {image: shop/app, build: .}
  db: {image: postgres:16}
`, project.Options{})
	s := observe.State{Missing: map[string]bool{"shop/app": true, "postgres:16": true}}
	got, err := infra.PlanUp(p, s, infra.UpOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if text := got.String(); strings.Contains(text, "pull image shop/app") || !strings.Contains(text, "pull image postgres:16") {
		t.Errorf("the plan is\n%s", text)
	}
	if failed := infra.Preflight(p, s, observe.Facts{Compose: observe.Compose{Version: "5.6.0"}}); failed != nil {
		t.Errorf("in the way is %v", failed)
	}
}
