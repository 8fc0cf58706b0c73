package infra

import (
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// variable is a variable of a service's environment, the first of names that
// is set and not empty.
func variable(p *project.Project, service string, names ...string) string {
	for _, name := range names {
		if value := p.Model.Services[service].Environment[name]; value != nil && *value != "" {
			return *value
		}
	}
	return ""
}

// environ leaves out what is empty.
func environ(pairs map[string]string) Environ {
	e := Environ{}
	for name, value := range pairs {
		if value != "" {
			e[name] = secret.New(value)
		}
	}
	return e
}

// psqlAccess follows the image's own rules: the database is named like the
// user unless it is named. Source: docker-library/postgres README.
func psqlAccess(p *project.Project, service string) Environ {
	user := variable(p, service, "POSTGRES_USER", "POSTGRESQL_USERNAME", "PGUSER")
	if user == "" {
		user = "postgres"
	}
	database := variable(p, service, "POSTGRES_DB", "POSTGRESQL_DATABASE", "PGDATABASE")
	if database == "" {
		database = user
	}
	return environ(map[string]string{"PGUSER": user, "PGDATABASE": database,
		"PGPASSWORD": variable(p, service, "POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD", "PGPASSWORD")})
}

// redisAccess also looks at the command, where redis itself takes it.
func redisAccess(p *project.Project, service string) Environ {
	password := variable(p, service, "REDISCLI_AUTH", "REDIS_PASSWORD")
	command := p.Model.Services[service].Command
	if i := slices.Index(command, "--requirepass"); password == "" && i >= 0 && i+1 < len(command) {
		password = command[i+1]
	}
	return environ(map[string]string{"REDISCLI_AUTH": password})
}

// cypherAccess reads NEO4J_AUTH, which is user/password, or none.
func cypherAccess(p *project.Project, service string) Environ {
	user, password, both := strings.Cut(variable(p, service, "NEO4J_AUTH"), "/")
	if !both {
		user, password = variable(p, service, "NEO4J_USERNAME"), variable(p, service, "NEO4J_PASSWORD")
	}
	return environ(map[string]string{"NEO4J_USERNAME": user, "NEO4J_PASSWORD": password})
}

// List is the environment as the Engine API takes it, sorted. It holds the
// secrets themselves.
func (e Environ) List() []string {
	list := make([]string, 0, len(e))
	for name, value := range e {
		list = append(list, name+"="+value.Reveal())
	}
	slices.Sort(list)
	return list
}
