package project_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/project"
)

// A secret in the wrong place is a mistake that compose-go explains with the
// secret itself, escaped or cut.
func TestNoMistakeShowsASecret(t *testing.T) {
	t.Parallel()
	template := "# [secret]\nMARKED=\n# [generate 24]\nGENERATED=\nPLAIN=\n"
	values := map[string]string{"NAMED_TOKEN": `canary1one"and canary1two`, "MARKED": "canary2xyz%b", "GENERATED": "canary3g",
		"HANDED_OUT": "canary4.handed.out", "PLAIN_URL": "http://u:canary5pass@h"}
	for name := range values {
		for _, place := range []string{"mem_limit: V", "stop_grace_period: V", "cpus: V", "pull_policy: V", "privileged: V", "ports: [V]",
			"depends_on: [V]", "extra_hosts: [V]", "ulimits: {nofile: V}"} {
			dir := t.TempDir()
			files := map[string]string{"env/.env.example": template, "compose/docker-compose.yml": "name: x\nsecrets: {s: {environment: HANDED_OUT}}\n" +
				"services:\n  web:\n    image: web\n    " + strings.ReplaceAll(place, "V", "'${"+name+"}'") + "\n"}
			for file, text := range files {
				path := filepath.Join(dir, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := project.Load(t.Context(), project.Layout{Root: dir}, project.Options{Environ: []string{name + "=" + values[name]}})
			if err == nil && (name != "PLAIN_URL" || !strings.HasPrefix(place, "extra_hosts")) { // http:… is a host and an address
				t.Errorf("%s at %s: no mistake", name, place)
			} else if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("%s at %s: %v", name, place, err)
			}
		}
	}
}

func TestAValueThatIsNoSecretIsShown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := "name: x\nservices:\n  web: {image: web, mem_limit: '${MEMORY}', depends_on: [database]}\n"
	if err := os.WriteFile(filepath.Join(dir, "compose.yml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	layout := project.Layout{Root: dir, Files: []string{"compose.yml"}}
	for want, environ := range map[string][]string{"'muchmemory'": {"MEMORY=muchmemory"}, "undefined service database": {"MEMORY=1g", "DB_PASSWORD=database"}} {
		_, err := project.Load(t.Context(), layout, project.Options{Environ: environ})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not in %v", want, err)
		}
	}
}

func TestTheVariablesThatComposeHandsOutAreFoundInABrokenFileToo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := "services: {web: {image: web, environment: {A: b}}}\nsecrets:\n  one: {environment: ONE}\n  two:\n    environment: \"TWO\"\n\t: [\n"
	if err := os.WriteFile(filepath.Join(dir, "compose.yml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := (project.Layout{Root: dir, Files: []string{"compose.yml"}}).SecretVariables("", nil); !slices.Equal(got, []string{"ONE", "TWO"}) {
		t.Errorf("got %v", got)
	}
}
