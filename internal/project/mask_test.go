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
      SSLMODE: disable
      OTHER_URL: amqp://u:c4n4ry%403@mq/
      SMTP_CONFIG: ${MARKED}
      PLAIN: shown
      STRIPE_API_KEY: "1234567890canary04"
      PIN_TOKEN: "0405"
      AGAIN: token is 1234567890canary04 and canary02xyz and c4n4ry@3
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
    command: ["--auth", "canary07long", "$$HOME", "PG_PASSWORD=canary09", "-c", "echo c4nary10d"]
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

// Here the secrets are words, numbers and measures.
const shortSecrets = `
name: demo
services:
  short:
    image: registry.example/shop/base:1
    command: [srv, --pin, "${PIN_SECRET}", --name=shop, "--port=5432", "postgres://u:${DB_TOKEN}@db/shop?sslmode=disable", "${PIN_SECRET:+--with-pin}", "--pin=${OTHER_SECRET:-0806}", "--port=0806", "--word=${OTHER_SECRET-0806}"]
    environment: {TLS: "${TLS_PEM}", ACCOUNT: '{"private_key": "canary21"}', ADO: "Server=db;Password=canary22;Encrypt=no", POSTGRES_PW: canary23, WAIT: 30s, FILES: "${COMMAND}"}
    ports: ["127.0.0.1:${PORT_TOKEN}:8080"]
    read_only: ${FLAG_SECRET}
    stop_grace_period: ${WAIT_SECRET}
    mem_limit: ${SIZE_SECRET}
    shm_size: 512m
    labels: [ "plain=shop", "by.place=${DB_TOKEN}" ]
`

var canaryEnv = []string{"DB_PASSWORD=canary$14!", "REDIS_PASSWORD=canary15", "MARKED=canary16marked", "ADMIN_PASS=canary17",
	"INNOCENT=c4nary10d", "PIN_SECRET=5432", "DB_TOKEN=shop", "SSL_TOKEN=disable", "PORT_TOKEN=8080", "FLAG_SECRET=true", "WAIT_SECRET=30s", "SIZE_SECRET=512m", "TLS_PEM=-----BEGIN PRIVATE KEY-----\ncanary20\n-----END PRIVATE KEY-----"}

func TestNoSecretIsInTheMaskedModel(t *testing.T) {
	for _, format := range []string{"yaml", "json"} {
		text := masked(t, canaries, format)
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

func masked(t *testing.T, model, format string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("compose.yml", model)
	write("env/.env.example", "# A word. [secret]\nMARKED=\n")
	write(".env", "COMMAND=run --pin ${PIN_SECRET} --port 5432\n")
	write("secrets.env", "FILE_SECRET=canary18\nFILE_OTHER=shown\n")
	p, err := project.Load(t.Context(), project.Layout{Root: dir, Files: []string{"compose.yml"}}, project.Options{Environ: canaryEnv})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := p.Masked()
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

// A word that is a secret is masked where it is interpolated, and nowhere else.
func TestAShortSecretIsMaskedByItsPlace(t *testing.T) {
	text := masked(t, shortSecrets, "yaml")
	_, short, _ := strings.Cut(text, "\n  short:\n")
	for _, want := range []string{
		"    - --pin\n    - '****'\n    - --name=shop\n    - --port=5432\n    - postgres://u:****@db/shop?sslmode=disable\n    - --with-pin\n    - --pin=****\n    - --port=0806\n    - --word=****\n",
		"image: registry.example/shop/base:1", "published: '****'", "target: 8080", "read_only: '****'", "stop_grace_period: '****'", "mem_limit: '****'", "shm_size: \"536870912\"", "WAIT: 30s",
		"plain: shop", "by.place: '****'", "ADO: Server=db;Password=****;Encrypt=no", "POSTGRES_PW: '****'", "FILES: run --pin **** --port 5432",
	} {
		if !strings.Contains(strings.ReplaceAll(short, `"****"`, `'****'`), want) {
			t.Errorf("no %s in\n%s", want, short)
		}
	}
	if strings.Contains(short, "canary") {
		t.Errorf("a secret shows\n%s", short)
	}
}

// Where no stand-in fits, the others are masked by place all the same, and that
// one as a word.
func TestASecretWhereNoStandInFitsIsMaskedAsAWord(t *testing.T) {
	dir := t.TempDir()
	text := "version: \"3\"\nname: x\nservices:\n  a: {image: shop, command: [\"${PIN_SECRET}\", shop, x-missing], depends_on: [\"${NAME_SECRET}\"]}\n  missing: {image: x}\n"
	if err := os.WriteFile(filepath.Join(dir, "compose.yml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := project.Load(t.Context(), project.Layout{Root: dir, Files: []string{"compose.yml"}}, project.Options{Environ: []string{"PIN_SECRET=shop", "NAME_SECRET=missing"}})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := p.Masked()
	if err != nil {
		t.Fatal(err)
	}
	shown, err := yaml.Dump(doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"image: shop", "- '****'\n    - shop\n    - x-****"} {
		if !strings.Contains(strings.ReplaceAll(string(shown), `"****"`, `'****'`), want) {
			t.Errorf("no %s in\n%s", want, shown)
		}
	}
}

func TestAMaskedModelIsStillAComposeFile(t *testing.T) {
	text := masked(t, canaries, "yaml")
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

func TestTheVariablesThatAreMadeOfASecretAreKnown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := "name: x\nservices:\n  a: {image: x, environment: {URL: \"pg://u:${DB_PASSWORD}@db\", NODE_ENV: test, WORD: \"${WORD}\"}}\n"
	if err := os.WriteFile(filepath.Join(dir, "compose.yml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := project.Load(t.Context(), project.Layout{Root: dir, Files: []string{"compose.yml"}}, project.Options{Environ: []string{"DB_PASSWORD=test", "WORD=test"}})
	if err != nil {
		t.Fatal(err)
	}
	if made := p.MadeOfSecrets(); !made["URL"] || len(made) != 1 {
		t.Errorf("they are %v", made)
	}
	if got := p.MaskValues("test k3x9qpw2mzt1"); got != "test k3x9qpw2mzt1" {
		t.Errorf("%q", got)
	}
}
