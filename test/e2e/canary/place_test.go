package canary_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// placed interpolates secrets that are ordinary words, numbers and measures.
const placed = `
  web:
    image: lab/service:1
    command: [/service, --pin, "${PIN_SECRET}", --name=shop, --retries=4711]
    environment: {URL: "postgres://u:${DB_PASSWORD}@shop/shop", MADE: "${MADE}", NODE_ENV: shop, POSTGRES_PW: shop, SQL: "Server=db;Password=shop;"}
    ports: ["127.0.0.1:${PORT_TOKEN}:80"]
    healthcheck: {test: "probe shop --pin ${PIN_SECRET} --retries 4711", interval: 1h}
    build: {context: ../app, args: {COLOUR: "${BUILD_WORD:-red}", NODE_ENV: shop, NEXT_PUBLIC_MAPS_KEY: abcdef}, labels: {stage: shop}}
`

// A word is a secret where it is interpolated, and a word everywhere else: what
// has no place for it stays to be read.
func TestNoSecretOfOneWordComesOutOfItsPlace(t *testing.T) {
	t.Parallel()
	s := newStack(t, placed)
	s.File("app/Dockerfile", "FROM scratch\nARG COLOUR NODE_ENV NEXT_PUBLIC_MAPS_KEY\n")
	s.File("env/.env.example", "COMPOSE_FILE=compose/docker-compose.yml\n# [secret]\nPIN_SECRET=\n# [secret]\nDB_PASSWORD=\n# [secret]\nPORT_TOKEN=\nMADE=\nBUILD_WORD=\n")
	s.File("env/.env.local", "COMPOSE_FILE=compose/docker-compose.yml\nPIN_SECRET=4711\nDB_PASSWORD=shop\nPORT_TOKEN=47110\nMADE=run --pin ${PIN_SECRET} --with shop\n")
	s.File("env/.env.other", "PIN_SECRET=4712\nDB_PASSWORD=shed\nPORT_TOKEN=47111\nMADE=none\n")
	if code, out := s.Exec(stacktest.Binary(t), "env:use", "local"); code != 0 {
		t.Fatal(out)
	}
	gives := regexp.MustCompile(`pin["']?[ ,=:\n-]*["']?471[12]|u:sh(op|ed)@|Password=shop|(PIN_SECRET|DB_PASSWORD|PORT_TOKEN|POSTGRES_PW)["']?\s*[=: ]\s*["']?(471|sho|she)|4711[01]`)
	for _, c := range []struct{ call, shows string }{
		{"infra:config", "--retries=4711"}, {"infra:config -json", `"NODE_ENV": "shop"`}, {"infra:config", "postgres://u:****@shop/shop"}, {"infra:config", "--name=shop"},
		{"infra:up -dry", "probe shop --pin **** --retries"}, {"infra:up -dry -json", ""}, {"env:show", "****"}, {"env:show -json", "****"},
		{"env:explain PIN_SECRET", "****"}, {"env:explain MADE", "****"}, {"env:explain DB_PASSWORD", "****"}, {"env:diff local other", ""}, {"env:check", ""},
		{"build:plan", "NEXT_PUBLIC_MAPS_KEY has a name that sounds like a secret's"}, {"build:all -dry", ""}, {"env:export", "these are secrets: "},
	} {
		_, out := s.Exec(stacktest.Binary(t), strings.Fields(c.call)...)
		if found := gives.FindString(out); found != "" {
			t.Errorf("%s shows %q\n%s", c.call, found, out)
		}
		if !strings.Contains(out, c.shows) {
			t.Errorf("%s does not show %q\n%s", c.call, c.shows, out)
		}
	}
	if code, out := s.Exec(stacktest.Binary(t), "build:plan"); code != 0 {
		t.Errorf("an argument with a secret's letters is refused: %d\n%s", code, out)
	}
	s.Edit("compose/docker-compose.yml", "${BUILD_WORD:-red}", "x${DB_PASSWORD}")
	code, out := s.Exec(stacktest.Binary(t), "build:plan")
	if code == 0 || !strings.Contains(out, "build argument COLOUR holds the secret DB_PASSWORD") || strings.Contains(out, "xshop") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	hint := regexp.MustCompile(`x-spellbook: \{build: \{allow-args: \[COLOUR\], reason: …\}\}`).FindString(out)
	if hint == "" {
		t.Fatalf("it does not say how to allow it\n%s", out)
	}
	s.Edit("compose/docker-compose.yml", "    build: {", "    "+strings.Replace(hint, "…", "a test's", 1)+"\n    build: {")
	if code, out := s.Exec(stacktest.Binary(t), "build:plan"); code != 0 || strings.Contains(out, "xshop") {
		t.Errorf("what is allowed is refused, or shown: %d\n%s", code, out)
	}
}
