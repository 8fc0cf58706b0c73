package env_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

// explainServices get variables in every way that Compose has.
const explainServices = `
  mapping:
    image: lab/service:1
    environment:
      PLAIN: ${PLAIN:-default}
      OTHER: in ${PLAIN} and ${EMPTY:-the default of EMPTY}
      EMPTY: ${EMPTY-not this}
      FROM_SHELL: ${FROM_SHELL}
      PASSED:
  listing:
    image: lab/service:1
    environment:
      - PLAIN=${PLAIN:+replaced}
      - PASSED
      - QUOTED
      - FROM_SHELL=literal
  filed:
    image: lab/service:1
    env_file: service.env
    environment: {EMPTY: "${EMPTY:-}"}
`

var explainVariables = []string{"PLAIN", "EMPTY", "FROM_SHELL", "PASSED", "QUOTED"}

// givenRow is a row of the table of containers: of which service, the variable,
// its value, and file:line.
var givenRow = regexp.MustCompile(`(?m)^(mapping|listing|filed) +([A-Z_]+)  +(.*?) +(compose/\S+:\d+) *$`)

func TestContainersGetWhatExplainSays(t *testing.T) {
	t.Parallel()
	s := newStack(t, explainServices)
	s.File("compose/service.env", "PLAIN=of ${PLAIN}\nQUOTED='it is $not'\nPASSED\n")
	s.File("env/.env.local", "PLAIN=\"a  b\" # c\nEMPTY=\nFROM_SHELL=loses\nPASSED=${PLAIN}-${FROM_SHELL}\nQUOTED='$x \\ y'\n")
	s.Env = append(s.Env, "FROM_SHELL=wins")
	s.Run(func(ctx context.Context, w *app.Run) error { return env.Use(ctx, w, "local", "env:local") }).Want(t, failure.OK)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	check := s.Run(func(ctx context.Context, w *app.Run) error {
		return env.Check(ctx, w, env.CheckOptions{JSON: true})
	})
	schematest.Validate(t, "envcheck", []byte(check.Want(t, failure.OK).Out))
	show := s.Run(func(ctx context.Context, w *app.Run) error {
		return env.Show(ctx, w, env.ShowOptions{JSON: true})
	})
	schematest.Validate(t, "envshow", []byte(show.Want(t, failure.OK).Out))
	told := map[string]string{}
	for _, variable := range explainVariables {
		r := s.Run(func(ctx context.Context, w *app.Run) error { return env.Explain(ctx, w, variable, false) }).Want(t, failure.OK)
		_, table, found := strings.Cut(r.Out, "CONTAINER OF")
		if !found {
			t.Errorf("%s is in no container:\n%s", variable, r.Out)
		}
		for _, row := range givenRow.FindAllStringSubmatch(table, -1) {
			told[row[1]+" "+row[2]] = strings.TrimSuffix(strings.TrimPrefix(row[3], "(empty)"), " ")
		}
	}
	for place, value := range told {
		service, name, _ := strings.Cut(place, " ")
		if got, want := strings.TrimSpace(s.InspectEnv(service, name)), fmt.Sprintf("%s=%s", name, value); got != want {
			t.Errorf("the container of %s has %q, env:explain says %q", service, got, want)
		}
	}
	if len(told) != 13 {
		t.Errorf("%d variables in containers are told, want 13: %q", len(told), told)
	}
}
