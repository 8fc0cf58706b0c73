package infra_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/project"
)

func TestTheServiceOfAClientIsFound(t *testing.T) {
	for _, c := range []struct{ name, services, want string }{
		{"by its mark before all", `
  postgres: {image: "postgres:16"}
  warehouse: {image: "x:1", x-spellbook: {client: psql}}`, "warehouse"},
		{"never where it is marked for another", `
  postgres: {image: "x:1", x-spellbook: {client: redis}}
  store: {image: "registry.example:5000/library/postgres:16"}`, "store"},
		{"by its name", `
  a: {image: "postgres:16"}
  postgres: {image: "x:1"}`, "postgres"},
		{"by its image, not by an exporter's", `
  postgres-exporter: {image: "postgres-exporter:1"}
  store: {image: "postgres@sha256:` + strings.Repeat("a", 64) + `"}`, "store"},
		{"by what is in its name", `
  api: {image: "api:1"}
  main-postgres: {image: "x:1"}`, "main-postgres"},
		{"or not", `
  api: {image: "api:1"}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := infra.Psql.Service(load(t, c.services, project.Options{}))
			if got != c.want || (c.want == "") != (failure.CodeOf(err) == failure.Usage) {
				t.Errorf("got %q, want %q: %v", got, c.want, err)
			}
		})
	}
}

func TestCredentialsTravelInTheEnvironmentAndNeverPrint(t *testing.T) {
	p := load(t, `
  pg: {image: a, environment: {POSTGRES_USER: u, POSTGRES_PASSWORD: canary1}}
  redis: {image: b, environment: {REDIS_PASSWORD: canary2}}
  redis2: {image: b, command: [redis-server, --requirepass, canary3]}
  neo4j: {image: c, environment: {NEO4J_AUTH: neo4j/can/ary4}}
  open: {image: c, environment: {NEO4J_AUTH: none}}
`, project.Options{})
	for _, c := range []struct {
		client        infra.Client
		service, want string
	}{
		{infra.Psql, "pg", "PGDATABASE=u PGPASSWORD=canary1 PGUSER=u"},
		{infra.Redis, "redis", "REDISCLI_AUTH=canary2"},
		{infra.Redis, "redis2", "REDISCLI_AUTH=canary3"},
		{infra.Cypher, "neo4j", "NEO4J_PASSWORD=can/ary4 NEO4J_USERNAME=neo4j"},
		{infra.Cypher, "open", ""},
	} {
		access := c.client.Access(p, c.service)
		if got := strings.Join(access.List(), " "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.service, got, c.want)
		}
		argv, err := c.client.Argv("do something", 7)
		if err != nil {
			t.Fatal(err)
		}
		if shown := fmt.Sprintf("%v %#v %q", access, access, argv); strings.Contains(shown, "can") {
			t.Errorf("%s shows a password: %s", c.service, shown)
		}
	}
}

// redis-cli ends with 0 when Redis refuses a command, unless it is asked not to, which one before
// Redis 7 cannot be.
func TestACommandThatRedisRefusesHasAnExitCode(t *testing.T) {
	for _, c := range []struct {
		command string
		major   int
		want    string
	}{
		{"incr name", 7, "redis-cli -e incr name"},
		{"incr name", 8, "redis-cli -e incr name"},
		{"incr name", 6, "redis-cli incr name"},
		{"incr name", 0, "redis-cli incr name"},
		{"", 7, "redis-cli"},
	} {
		argv, err := infra.Redis.Argv(c.command, c.major)
		if got := strings.Join(argv, " "); err != nil || got != c.want {
			t.Errorf("%q of %d: %s, %v; want %s", c.command, c.major, got, err, c.want)
		}
	}
}
