package infra

import (
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

// PostgreSQL are the services that are PostgreSQL, sorted: those that x-spellbook
// marks, and those whose name or image says so. Where none does, one that has it
// anywhere in its name or image.
func PostgreSQL(p *project.Project) []string {
	var list, alike []string
	for _, name := range p.Services() {
		switch {
		case Psql.marked(p, name) || Psql.named(p, name) || Psql.imaged(p, name):
			list = append(list, name)
		case Psql.alike(p, name):
			alike = append(alike, name)
		}
	}
	if len(list) == 0 {
		return alike
	}
	return list
}

// OnePostgreSQL is the one that a target is about.
func OnePostgreSQL(p *project.Project) (string, error) {
	switch list := PostgreSQL(p); len(list) {
	case 0:
		return Psql.Service(p) // which says what to do
	case 1:
		return list[0], nil
	default:
		return "", failure.New(failure.Usage, "several services are PostgreSQL: %s", strings.Join(list, ", ")).
			WithHint("name one: -service=%s", list[0])
	}
}
