package env_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/secret"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// What containers get is what env:explain says: of this repository's own stack
// in the lab, with one variable from each layer.
func TestContainersGetWhatEnvExplainSays(t *testing.T) {
	t.Parallel()
	s := clone(t)
	s.Edit("env/.env.lab", "POSTGRES_DB=infinite_scribe\n", "")
	s.Env = append(s.Env, "POSTGRES_USER=of_the_shell", "REDIS_PASSWORD=of-the-shell-too")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)

	found := s.resolved()
	for name, layer := range map[string]dotenv.Layer{"POSTGRES_USER": dotenv.Shell, "REDIS_PASSWORD": dotenv.Shell,
		"POSTGRES_PASSWORD": dotenv.EnvFile, "NEO4J_PASSWORD": dotenv.EnvFile, "POSTGRES_DB": dotenv.ComposeDefault} {
		if got := found.Explain(name).Winner.Layer; got != layer {
			t.Errorf("%s is of the layer %s, not %s", name, got, layer)
		}
	}
	compared := 0
	for _, service := range []string{"postgres", "neo4j", "redis"} {
		compared += s.compareContainer(service, found)
	}
	t.Logf("%d variables of containers are what env:explain says", compared)
	if compared < 8 {
		t.Error("too few to say anything")
	}
}

// compareContainer takes every variable that a container has and its image has
// not, and wants it to be what we say.
func (s *stack) compareContainer(service string, found dotenv.Resolution) int {
	s.T.Helper()
	written := s.rawEnvironment(service)
	got := s.given(service)
	if a, b := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(written)); !slices.Equal(a, b) {
		s.T.Errorf("%s has %v, the Compose file gives it %v", service, a, b)
	}
	for name, value := range got {
		if want := filledIn(written[name], found); value != want {
			s.T.Errorf("%s: %s is %q, and by our account %q", service, name, value, want)
		}
		if shown := s.explained(service, name); shown != value && (shown != secret.Mask || !secret.IsName(name)) {
			s.T.Errorf("%s: %s is %q, env:explain says %q", service, name, value, shown)
		}
		for _, m := range dotenv.Mentions(written[name]) {
			s.explains(m.Name, found)
		}
	}
	return len(got)
}

// explains wants the first line of env:explain to name the winner.
func (s *stack) explains(name string, found dotenv.Resolution) {
	s.T.Helper()
	winner := found.Explain(name).Winner
	value := winner.Value.Reveal()
	if secret.IsName(name) {
		value = secret.Mask
	}
	want := name + " is " + value + ", by " + winner.String() + "\n"
	if winner.Layer == dotenv.ComposeDefault {
		want = name + " is not set; the defaults in the Compose files hold\n"
	}
	if out := s.explain(name); !strings.HasPrefix(out, want) {
		s.T.Errorf("env:explain %s begins otherwise than %q:\n%s", name, want, out)
	}
}

func (s *stack) explain(name string) string {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error { return env.Explain(ctx, w, name, false) }).Want(s.T, failure.OK).Out
}

// explained is what env:explain says that a container gets.
func (s *stack) explained(service, name string) string {
	s.T.Helper()
	row := regexp.MustCompile(`(?m)^` + service + ` +` + name + `  +(.*?)  +compose/docker-compose\.yml:\d+$`)
	_, given, _ := strings.Cut(s.explain(name), "\nCONTAINER OF")
	found := row.FindStringSubmatch(given)
	if found == nil {
		s.T.Errorf("env:explain %s does not say what %s gets:\n%s", name, service, given)
		return ""
	}
	return found[1]
}

// given are the variables of a container that are not those of its image.
func (s *stack) given(service string) map[string]string {
	s.T.Helper()
	image := variablesOf(s.T, stacktest.Docker(s.T, "image", "inspect", "-f", "{{json .Config.Env}}", strings.TrimSpace(s.Inspect(service, "{{.Config.Image}}"))))
	got := variablesOf(s.T, s.Inspect(service, "{{json .Config.Env}}"))
	maps.DeleteFunc(got, func(name, value string) bool { return image[name] == value && value != "" })
	return got
}

func variablesOf(t *testing.T, text string) map[string]string {
	t.Helper()
	var list []string
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, pair := range list {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	return values
}

// resolved is our account of all variables.
func (s *stack) resolved() dotenv.Resolution {
	s.T.Helper()
	text, err := os.ReadFile(filepath.Join(s.Dir, "env/.env.lab"))
	if err != nil {
		s.T.Fatal(err)
	}
	p, err := project.Load(s.T.Context(), project.Layout{Root: s.Dir}, project.Options{Environ: s.Env, Env: "lab"})
	if err != nil {
		s.T.Fatal(err)
	}
	found, err := dotenv.Resolve(dotenv.ResolveOptions{Shell: s.Env, Defaults: p.Defaults(p.Uses()),
		Files: []dotenv.File{{Path: "env/.env.lab", Text: secret.New(string(text))}}})
	if err != nil {
		s.T.Fatal(err)
	}
	return found
}

var simpleReference = regexp.MustCompile(`\$\{(\w+)(:?[-?].*?)?\}`)

// filledIn has the winner of each variable in its place.
func filledIn(text string, found dotenv.Resolution) string {
	return simpleReference.ReplaceAllStringFunc(text, func(reference string) string {
		return found.Explain(simpleReference.FindStringSubmatch(reference)[1]).Winner.Value.Reveal()
	})
}

// rawEnvironment is a service's environment as the Compose file has it.
func (s *stack) rawEnvironment(service string) map[string]string {
	s.T.Helper()
	text, err := os.ReadFile(filepath.Join(s.Dir, "compose/docker-compose.yml"))
	if err != nil {
		s.T.Fatal(err)
	}
	var doc struct {
		Services map[string]struct{ Environment map[string]string }
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		s.T.Fatal(err)
	}
	return doc.Services[service].Environment
}
