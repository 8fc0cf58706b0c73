package project_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

const checkCanaries = `
name: demo
services:
  redis:
    image: redis:7
    healthcheck: {test: "redis-cli -a ${REDIS_PASSWORD} ping"}
  graph:
    image: neo4j:5
    environment: {NEO4J_AUTH: neo4j/canary02xyz}
    healthcheck: {test: [CMD, cypher-shell, -p, canary02xyz, "RETURN 1"]}
  mongo:
    image: mongo:7
    healthcheck: {test: "mongosh mongodb://u:canary03@127.0.0.1 && PGPASSWORD=canary04 psql -p 5432 && run --password=can05 $$HOME"}
  short:
    image: redis:7
    healthcheck: {test: "redis-cli -a ${PIN_PASSWORD} -n 12"}
  marked:
    image: redis:7
    healthcheck: {test: "probe --with ${MARKED}"}
  word:
    image: redis:7
    healthcheck: {test: "probe shop --pin ${WORD_SECRET} --not redis"}
  bare: {image: redis:7}
`

func TestACheckShowsNoSecret(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"compose.yml": checkCanaries, "env/.env.example": "# A word. [secret]\nMARKED=\n"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := project.Load(t.Context(), project.Layout{Root: dir, Files: []string{"compose.yml"}},
		project.Options{Environ: []string{"REDIS_PASSWORD=canary01", "PIN_PASSWORD=c1n", "MARKED=canary06", "WORD_SECRET=shop"}})
	if err != nil {
		t.Fatal(err)
	}
	for service, want := range map[string]string{
		"redis":  "redis-cli -a **** ping",
		"graph":  "cypher-shell -p **** RETURN 1",
		"mongo":  "mongosh mongodb://u:****@127.0.0.1 && PGPASSWORD=**** psql -p 5432 && run --password=**** $HOME",
		"short":  "redis-cli -a **** -n 12",
		"marked": "probe --with ****",
		"word":   "probe shop --pin **** --not redis",
		"bare":   "",
	} {
		check := p.Check(service)
		if check.Show = p.ShownCheck(service); check.Show != want {
			t.Errorf("%s: got %q, want %q", service, check.Show, want)
		}
		if text := (plan.AwaitReady{Check: check}).Describe(); strings.Contains(text, "can") {
			t.Errorf("%s: described as %q", service, text)
		}
	}
	if text := (plan.AwaitReady{Check: plan.Check{Test: []string{"CMD", "canary07"}}}).Describe(); text != "health check" {
		t.Errorf("a check nobody masked is described as %q", text)
	}
}
