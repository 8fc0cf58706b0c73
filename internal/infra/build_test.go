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
