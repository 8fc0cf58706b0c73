package infra_test

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/project"
)

func TestWhatADatabaseKeepsInItsVolumeIsKnownByItsImagesVariables(t *testing.T) {
	p := load(t, `
  pg: {image: "postgres:16", environment: {POSTGRES_PASSWORD: canary-new, POSTGRES_DB: books}}
  graph: {image: "neo4j:5", environment: {NEO4J_AUTH: neo4j/canary-new}}
  mysql: {image: "x:1", environment: {MYSQL_ROOT_PASSWORD: canary-new, MYSQL_USER: u, MYSQL_PASSWORD: canary-new, MYSQL_CHARSET: utf8}}
  maria: {image: "registry.example:5000/library/mariadb:11", environment: {MARIADB_USER: u, MARIADB_PASSWORD: canary-new}}
  store: {image: "mongo:7", environment: {MONGO_INITDB_ROOT_USERNAME: u, MONGO_INITDB_ROOT_PASSWORD: canary-new}}
  queue: {image: "rabbitmq:4-management", environment: {RABBITMQ_DEFAULT_PASS: canary-new}}
  series: {image: "influxdb:2", environment: {DOCKER_INFLUXDB_INIT_PASSWORD: canary-new, DOCKER_INFLUXDB_INIT_ADMIN_TOKEN: canary}}
  token: {image: "influxdb:2", environment: {DOCKER_INFLUXDB_INIT_ADMIN_TOKEN: canary-new}}
  api: {image: "api:1", environment: {MYSQL_PASSWORD: canary-new}}
`, project.Options{})
	for service, c := range map[string]struct {
		was, want string
		tries     int
	}{
		"pg":     {"POSTGRES_PASSWORD=old POSTGRES_DB=books", "POSTGRES_PASSWORD", 1},
		"graph":  {"NEO4J_AUTH=neo4j/old", "NEO4J_AUTH", 1},
		"mysql":  {"MYSQL_ROOT_PASSWORD=old MYSQL_USER=old MYSQL_PASSWORD=old", "MYSQL_PASSWORD MYSQL_ROOT_PASSWORD MYSQL_USER", 2},
		"maria":  {"MARIADB_USER=u MARIADB_PASSWORD=old", "MARIADB_PASSWORD", 1},
		"store":  {"MONGO_INITDB_ROOT_USERNAME=u MONGO_INITDB_ROOT_PASSWORD=old", "MONGO_INITDB_ROOT_PASSWORD", 1},
		"queue":  {"", "RABBITMQ_DEFAULT_PASS", 1},
		"series": {"DOCKER_INFLUXDB_INIT_PASSWORD=old DOCKER_INFLUXDB_INIT_ADMIN_TOKEN=canary", "DOCKER_INFLUXDB_INIT_PASSWORD", 0},
		"token":  {"DOCKER_INFLUXDB_INIT_ADMIN_TOKEN=old", "DOCKER_INFLUXDB_INIT_ADMIN_TOKEN", 1},
		"api":    {"MYSQL_PASSWORD=old", "", 0},
	} {
		m := infra.Remembered(p, service, strings.Fields(c.was))
		if got := strings.Join(m.Variables, " "); got != c.want || len(m.Tries) != c.tries {
			t.Errorf("%s keeps %q, asked by %q", service, got, m.Tries)
		}
		for _, argv := range m.Tries {
			if strings.Contains(strings.Join(argv, " "), "canary") {
				t.Errorf("%s: a password is an argument: %q", service, argv)
			}
		}
		if c.tries > 0 && !strings.Contains(strings.Join(m.Env.List(), " "), "canary-new") {
			t.Errorf("%s is not asked about the new value: %v", service, m.Env)
		}
	}
	if m := infra.Remembered(p, "queue", []string{"RABBITMQ_DEFAULT_PASS=canary-new"}); len(m.Variables) > 0 {
		t.Errorf("nothing has changed, but %v", m.Variables)
	}
}
