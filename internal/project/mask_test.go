package project_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// Every secret of this model is a canary of its own: canaryNN.
const canaries = `
name: demo
x-note: {url: "redis://:${REDIS_PASSWORD}@cache:6379", token: canary01}
services:
  api:
    image: registry.example/api:1
    command: [serve, --password, "${DB_PASSWORD}", "--dsn=postgres://app:${DB_PASSWORD}@db/x?sslmode=off"]
    environment:
      DB_PASSWORD: ${DB_PASSWORD}
      DATABASE_URL: postgres://app:canary02xyz@db:5432/x
      OTHER_URL: amqp://u:canary%403@mq/
      SMTP_CONFIG: ${MARKED}
      PLAIN: shown
      STRIPE_API_KEY: "1234567890canary04"
      PIN_TOKEN: "0405"
      AGAIN: token is 1234567890canary04 and canary02xyz and canary@3
    healthcheck: {test: [CMD-SHELL, "curl -u admin:${ADMIN_PASS} http://127.0.0.1"]}
    labels:
      auth.users: "admin:${ADMIN_PASS}"
      "route.${ADMIN_PASS}.rule": x
      com.example.password: canary05
    build: {context: ., args: {NPM_TOKEN: canary06, COLOR: blue}}
    secrets: [from_env]
    configs: [file]
    env_file: [secrets.env]
  graph:
    image: neo4j:5
    environment: [NEO4J_AUTH=neo4j/canary07long, "MULTI_SECRET=canary08\nsecond line"]
    command: ["--auth", "canary07long", "$$HOME", "PG_PASSWORD=canary09", "-c", "echo canary10"]
  postgres:
    image: postgres:16
    environment: {POSTGRES_PASSWORD: postgres}
    networks: [back]
networks: {back: {driver_opts: {encryption_key: canary11}}}
secrets:
  from_env: {environment: INNOCENT}
configs:
  file: {content: "password = canary13\nfoo = bar"}
`

var canaryEnv = []string{"DB_PASSWORD=canary$14!", "REDIS_PASSWORD=canary15", "MARKED=canary16marked", "ADMIN_PASS=canary17",
	"INNOCENT=canary10"}

func TestNoSecretIsInTheMaskedModel(t *testing.T) {
	for _, format := range []string{"yaml", "json"} {
		text := masked(t, format)
		if found := regexp.MustCompile(`canary[^ "\n]*`).FindString(text); found != "" {
			t.Errorf("%s shows %s\n%s", format, found, text)
		}
		for _, want := range []string{"shown", "postgres:16", "blue", "registry.example/api:1", "back", "$$HOME", "postgres://app:****@db"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s hides %s\n%s", format, want, text)
			}
		}
		if strings.Contains(text, "0405") || regexp.MustCompile(`POSTGRES_PASSWORD"?: "?'?postgres`).MatchString(text) {
			t.Errorf("%s shows a short or a weak password\n%s", format, text)
		}
	}
}

func masked(t *testing.T, format string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("compose.yml", canaries)
	write("secrets.env", "FILE_SECRET=canary18\nFILE_OTHER=shown\n")
	p, err := project.Load(t.Context(), project.Layout{Root: dir, Files: []string{"compose.yml"}}, project.Options{Environ: canaryEnv})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := p.Masked(func(name string) bool { return secret.IsName(name) || name == "MARKED" })
	if err != nil {
		t.Fatal(err)
	}
	if format == "json" {
		var value any
		if err := doc.Decode(&value); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%q", value)
	}
	text, err := yaml.Dump(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAMaskedModelIsStillAComposeFile(t *testing.T) {
	text := masked(t, "yaml")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "compose.yml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := project.Load(t.Context(), project.Layout{Root: dir, Files: []string{"compose.yml"}}, project.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if got := p.Model.Services["graph"].Command[2]; got != "$HOME" {
		t.Errorf("a dollar sign became %q", got)
	}
}
