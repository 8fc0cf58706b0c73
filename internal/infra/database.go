package infra

import (
	"path"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/postgres"
	"github.com/infinitescribe/spellbook/internal/project"
)

// DatabaseOf is the kind of database that a service is, by x-spellbook, its name or
// its image; ok is false where it is none that is known.
func DatabaseOf(p *project.Project, service string) (kind Client, ok bool) {
	for _, c := range []Client{Psql, Redis, Cypher} {
		if c.marked(p, service) || c.named(p, service) || c.imaged(p, service) {
			return c, true
		}
	}
	return Client{}, false
}

// versions are the variables by which the official images say their version.
var versions = map[string][]string{Psql.Name: {"PG_MAJOR", "PG_VERSION"}, Redis.Name: {"REDIS_VERSION", "VALKEY_VERSION"}, Cypher.Name: {"NEO4J_TARBALL"}}

// Major is the major version of a database's image: by its environment, else by the
// tag of its name, where that is the database's; 0 where neither says.
func (c Client) Major(environ []string, ref string) int {
	for _, name := range versions[c.Name] {
		if n := postgres.Major(firstNumberOf(lookup(environ, name))); n > 0 {
			return n
		}
	}
	ref, _, _ = strings.Cut(ref, "@")
	repository, tag, _ := strings.Cut(path.Base(ref), ":")
	if repository != "" && !slices.Contains(c.marks, strings.ToLower(repository)) {
		return 0 // somebody's own, with versions of its own
	}
	return postgres.Major(tag)
}

// firstNumberOf is a version without the words before it:
// neo4j-community-5.26.0-unix.tar.gz.
func firstNumberOf(text string) string {
	for part := range strings.SplitSeq(text, "-") {
		if postgres.Major(part) > 0 {
			return part
		}
	}
	return ""
}

// DataFile is the file of a database's volume that says which major version wrote
// it; "" where the kind has none.
func (c Client) DataFile(environ []string) string {
	if c.Name != Psql.Name {
		return ""
	}
	dir := lookup(environ, "PGDATA")
	if dir == "" {
		dir = "/var/lib/postgresql/data"
	}
	return path.Join(dir, "PG_VERSION")
}

// words of a kind, for people.
var kinds = map[string]string{Psql.Name: "PostgreSQL", Redis.Name: "Redis", Cypher.Name: "Neo4j"}

// WrongMajor is the error for an image that does not start on the files of another
// major version; nil where it may, or where a version is not known. Redis reads what
// an older one wrote.
func (c Client) WrongMajor(service string, data, image int) error {
	if data == image || data == 0 || image == 0 || c.Name == Redis.Name && data < image {
		return nil
	}
	f := failure.New(failure.Preflight, "%s would be %s %d, and its volume has the files of version %d, on which that does not start", service, kinds[c.Name], image, data)
	if c.Name == Psql.Name {
		return f.WithHint("dump, take another volume, import: docs/databases.md; or keep the image of version %d", data)
	}
	return f.WithHint("migrate its data as its manual says, or keep the image of version %d", data)
}

// VolumesOf are the engine's names of a service's volumes in a project of that name.
func VolumesOf(p *project.Project, service, as string) []string {
	var list []string
	for _, v := range p.Model.Services[service].Volumes {
		if v.Type != types.VolumeTypeVolume || v.Source == "" {
			continue
		}
		name := p.Model.Volumes[v.Source].Name
		if name == "" || name == p.Name+"_"+v.Source {
			name = as + "_" + v.Source
		}
		list = append(list, name)
	}
	return list
}

func lookup(environ []string, name string) string {
	for _, pair := range slices.Backward(environ) {
		if value, found := strings.CutPrefix(pair, name+"="); found {
			return value
		}
	}
	return ""
}
