package infra

import (
	"path"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// Client is the interactive client of a kind of database, run inside the
// service's own container.
type Client struct {
	Name   string   // as in `x-spellbook: {client: psql}`, and of the target
	marks  []string // what names and images of such services say
	argv   func(command string, major int) ([]string, error)
	access func(p *project.Project, service string) Environ
}

// Environ is what a client is told by environment, never by arguments.
type Environ map[string]secret.String

// The clients.
var (
	Psql   = Client{Name: "psql", marks: []string{"postgres", "postgresql", "postgis", "pgvector", "timescaledb"}, argv: psqlArgv, access: psqlAccess}
	Redis  = Client{Name: "redis", marks: []string{"redis", "valkey"}, argv: redisArgv, access: redisAccess}
	Cypher = Client{Name: "cypher", marks: []string{"neo4j"}, argv: cypherArgv, access: cypherAccess}
)

// Service is the service the client is for: the one that x-spellbook marks,
// else the first whose name is the database's, then whose image is, then
// whose name or image has it in it.
func (c Client) Service(p *project.Project) (string, error) {
	for _, fits := range []func(*project.Project, string) bool{c.marked, c.named, c.imaged, c.alike} {
		for _, name := range p.Services() {
			if fits(p, name) {
				return name, nil
			}
		}
	}
	return "", failure.New(failure.Usage, "no service looks like one for %s", c.Name).
		WithHint("mark it in the Compose file with x-spellbook: {client: %s}, or name it: -service=NAME", c.Name)
}

func (c Client) marked(p *project.Project, name string) bool { return mark(p, name) == c.Name }

func (c Client) named(p *project.Project, name string) bool {
	return mark(p, name) == "" && slices.Contains(c.marks, strings.ToLower(name))
}

func (c Client) imaged(p *project.Project, name string) bool {
	repository, _, _ := strings.Cut(path.Base(p.Model.Services[name].Image), ":")
	repository, _, _ = strings.Cut(repository, "@")
	return mark(p, name) == "" && slices.Contains(c.marks, strings.ToLower(repository))
}

func (c Client) alike(p *project.Project, name string) bool {
	text := strings.ToLower(name + " " + p.Model.Services[name].Image)
	return mark(p, name) == "" && slices.ContainsFunc(c.marks, func(m string) bool { return strings.Contains(text, m) })
}

// mark is what x-spellbook says of a service's client.
func mark(p *project.Project, name string) string { return stated(p, name, "client") }

// Argv is the client's command line. No credentials are in it; command is what
// to run, "" to read it from standard input. major is the database's version, 0 where
// it is not known.
func (c Client) Argv(command string, major int) ([]string, error) { return c.argv(command, major) }

// Access is the environment that lets the client in, read from that of the
// service.
func (c Client) Access(p *project.Project, service string) Environ { return c.access(p, service) }

func psqlArgv(command string, _ int) ([]string, error) {
	argv := []string{"psql", "-v", "ON_ERROR_STOP=1"}
	if command != "" {
		argv = append(argv, "-c", command)
	}
	return argv, nil
}

// failsFrom is the version from which on redis-cli has -e, and so an exit code for a command
// that Redis refuses; without it that is 0. Of Valkey every version has it.
const failsFrom = 7

func redisArgv(command string, major int) ([]string, error) {
	words, err := Words(command)
	if err != nil {
		return nil, failure.New(failure.Usage, "-command: %w", err).WithHint(`-command='set name "a value"'`)
	}
	argv := []string{"redis-cli"}
	if major >= failsFrom && len(words) > 0 {
		argv = append(argv, "-e")
	}
	return append(argv, words...), nil
}

func cypherArgv(command string, _ int) ([]string, error) {
	if command == "" {
		return []string{"cypher-shell"}, nil
	}
	return []string{"cypher-shell", command}, nil
}
