package infra

import (
	"maps"
	"slices"

	"github.com/infinitescribe/spellbook/internal/postgres"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Memory is what a database took over into its volume when that was made, and what its
// service says otherwise now.
type Memory struct {
	Variables []string // sorted
	// Tries are commands that succeed in its container, with Env, once the database knows
	// the new values; nil where it cannot be asked.
	Tries [][]string
	Env   Environ
}

// remembered are the databases that read these variables of their official images once.
// With each is a line of a shell that lets the new value sign in, "" where nothing can.
// Those of MariaDB and RabbitMQ were tried with Debian's 10.11 and 3.10 (right, wrong,
// none; quotes, blanks and $ in them); those of MySQL, MongoDB and InfluxDB, which
// Debian 12 does not have, are by their manuals alone.
var remembered = []struct {
	kind      Client
	variables map[string]string
}{
	{Psql, map[string]string{"POSTGRES_USER": "", "POSTGRES_PASSWORD": "", "POSTGRES_DB": "",
		"POSTGRESQL_USERNAME": "", "POSTGRESQL_PASSWORD": "", "POSTGRESQL_DATABASE": ""}},
	{Cypher, map[string]string{"NEO4J_AUTH": ""}},
	{Client{Name: "mysql", marks: []string{"mysql", "mariadb", "percona", "percona-server"}}, map[string]string{
		"MYSQL_ROOT_PASSWORD": mysqlTry("root", "$MYSQL_ROOT_PASSWORD"), "MYSQL_USER": mysqlUser, "MYSQL_PASSWORD": mysqlUser,
		"MARIADB_ROOT_PASSWORD": mysqlTry("root", "$MARIADB_ROOT_PASSWORD"), "MARIADB_USER": mariadbUser, "MARIADB_PASSWORD": mariadbUser}},
	{Client{Name: "mongo", marks: []string{"mongo", "mongodb"}}, map[string]string{"MONGO_INITDB_ROOT_USERNAME": mongoTry, "MONGO_INITDB_ROOT_PASSWORD": mongoTry}},
	{Client{Name: "rabbitmq", marks: []string{"rabbitmq"}}, map[string]string{"RABBITMQ_DEFAULT_USER": rabbitTry, "RABBITMQ_DEFAULT_PASS": rabbitTry}},
	{Client{Name: "influxdb", marks: []string{"influxdb"}}, map[string]string{"DOCKER_INFLUXDB_INIT_USERNAME": "", "DOCKER_INFLUXDB_INIT_PASSWORD": "",
		"DOCKER_INFLUXDB_INIT_ADMIN_TOKEN": `INFLUX_TOKEN=$DOCKER_INFLUXDB_INIT_ADMIN_TOKEN influx auth list`}},
}

// At their sockets MySQL and MariaDB may let in whoever is root.
func mysqlTry(user, password string) string {
	return `MYSQL_PWD="` + password + `" $(command -v mariadb || command -v mysql) --no-defaults -h 127.0.0.1 -u "` + user + `" -e "SELECT 1"`
}

var (
	mysqlUser   = mysqlTry("$MYSQL_USER", "$MYSQL_PASSWORD")
	mariadbUser = mysqlTry("$MARIADB_USER", "$MARIADB_PASSWORD")
)

const (
	mongoTry  = `mongosh --quiet --norc --eval 'if (!db.getSiblingDB("admin").auth(process.env.MONGO_INITDB_ROOT_USERNAME, process.env.MONGO_INITDB_ROOT_PASSWORD)) quit(1)'`
	rabbitTry = `printf "%s\n" "$RABBITMQ_DEFAULT_PASS" | rabbitmqctl -q authenticate_user "${RABBITMQ_DEFAULT_USER:-guest}"`
)

// Remembered is what a service's database keeps otherwise than the service now says;
// it has no Variables where that is nothing. environ is that of its container.
func Remembered(p *project.Project, service string, environ []string) Memory {
	for _, r := range remembered {
		if !r.kind.marked(p, service) && !r.kind.named(p, service) && !r.kind.imaged(p, service) {
			continue
		}
		m, values, lines := Memory{}, map[string]string{}, []string{}
		for _, name := range slices.Sorted(maps.Keys(r.variables)) {
			now := p.Model.Services[service].Environment[name]
			if now == nil {
				continue
			}
			values[name] = *now
			if *now != lookup(environ, name) {
				m.Variables, lines = append(m.Variables, name), append(lines, r.variables[name])
			}
		}
		m.try(r.kind, p, service, values, lines)
		return m
	}
	return Memory{}
}

// try fills in how the database is asked.
func (m *Memory) try(kind Client, p *project.Project, service string, values map[string]string, lines []string) {
	switch kind.Name {
	case Psql.Name:
		m.Tries, m.Env = [][]string{postgres.SignIn()}, kind.Access(p, service)
	case Cypher.Name:
		if argv, err := kind.Argv("RETURN 1", 0); err == nil {
			m.Tries, m.Env = [][]string{argv}, kind.Access(p, service)
		}
	default:
		if slices.Contains(lines, "") {
			return
		}
		m.Env = environ(values)
		slices.Sort(lines)
		for _, line := range slices.Compact(lines) {
			m.Tries = append(m.Tries, []string{"/bin/sh", "-c", line})
		}
	}
}
