// Package postgres is what is known of PostgreSQL's own tools: how a database is
// dumped and loaded inside its container, how a dump is told from half of one, and
// which major version files and images are of. It runs nothing and imports failure
// alone.
package postgres

import (
	_ "embed"
	"strings"
)

//go:embed access.sh
var access string

//go:embed settings.sql
var settings string

//go:embed empty.sql
var empty string

// Password is a variable that holds a password which goes before that of the
// container's own environment.
const Password = "SPELLBOOK_PASSWORD"

// shell is a POSIX shell's command line in PostgreSQL's container. Who signs in, and
// where, the script reads from the container's own environment, so that no secret is
// an argument.
func shell(script string, args ...string) []string {
	return append([]string{"/bin/sh", "-c", strings.TrimSpace(access) + "\n" + script, "sh"}, args...)
}

// lockWait is how long a dump and an import wait for a table that somebody locks.
const lockWait = "60s"

// Dump writes the database as SQL to standard output: the settings and grants that
// are the database's own, which pg_dump gives with --create alone, then all that
// pg_dump finds. It can be loaded into a database of any name. By name the server
// knows who dumps, see End.
func Dump(name string) []string {
	return shell(`export PGAPPNAME="$3"; printf '%s' "$2" && psql -X -A -t -q --no-password -v ON_ERROR_STOP=1 -c "$1" && `+
		`exec pg_dump --no-password --lock-wait-timeout=`+lockWait, settings, preamble(), name)
}

// preamble says in the dump itself how it is put back by psql alone.
func preamble() string {
	return "-- In place of what is in a database, whole or not at all: psql -v ON_ERROR_STOP=1 -v replace=1 -1 -f FILE\n" +
		"\\if :{?replace}\n" + empty + "\\endif\n\n"
}

// End ends a dump that nobody waits for any more: a command in a container goes on
// when who ran it is gone.
func End(name string) []string {
	return shell(`exec psql -X -q -A -t --no-password -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '$1'"`, name)
}

// Load runs the statements of standard input, up to the first that fails.
func Load() []string {
	return shell("exec psql -X -q --no-password -v ON_ERROR_STOP=1 -f -")
}

// Ask answers a query, a line a row.
func Ask(query string) []string {
	return shell(`exec psql -X -A -t -q --no-password -v ON_ERROR_STOP=1 -c "$1"`, query)
}

// SignIn signs in as who the environment says (PGUSER, PGDATABASE, PGPASSWORD) at the
// container's own address: at its socket and at 127.0.0.1 the official image lets
// everybody in.
func SignIn() []string {
	return []string{"/bin/sh", "-c", `exec psql -X -A -t -q --no-password -h "$(cat /etc/hostname)" -c "SELECT 1"`}
}

// Contents is a query for what is to be known before an import: the database's name,
// the server's version as a number, how many tables there are that no extension
// brought, and how many with views and sequences.
const Contents = `SELECT current_database(), current_setting('server_version_num'), count(*) FILTER (WHERE c.relkind IN ('r', 'p', 'f')), count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`

// Loaded is what a load prints last, once it has been committed. An input that
// ends before it is rolled back, though psql ends with 0 then.
const Loaded = "spellbook: committed"

// Before and After are the statements around a dump that is loaded whole or not at
// all; with replace all that is in the database goes first.
func Before(replace bool) string {
	if !replace {
		return "BEGIN;\n"
	}
	return "BEGIN;\nSET LOCAL lock_timeout = '" + lockWait + "';\nSET LOCAL client_min_messages = error;\n" + empty
}

// After commits.
const After = "\nCOMMIT;\n\\echo " + Loaded + "\n"
