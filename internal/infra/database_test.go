package infra

import (
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestTheVersionOfADatabasesImageIsWhatItSaysOfItself(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind    Client
		environ []string
		ref     string
		want    int
	}{
		{Psql, []string{"PG_MAJOR=16", "PG_VERSION=16.1-1.pgdg"}, "postgres:latest", 16},
		{Psql, nil, "registry.example:5000/postgres:15-alpine", 15},
		{Psql, nil, "lab/postgres:15@sha256:aaaa", 15},
		{Psql, nil, "postgres", 0},
		{Psql, nil, "shop-postgres:12", 0},
		{Redis, nil, "registry.example/shop/cache:12", 0},
		{Redis, nil, "valkey/valkey:8.1", 8},
		{Redis, []string{"REDIS_VERSION=7.2.4"}, "redis:8", 7},
		{Cypher, []string{"NEO4J_TARBALL=neo4j-community-5.26.0-unix.tar.gz"}, "neo4j:latest", 5},
		{Cypher, nil, "neo4j:4.4-enterprise", 4},
	} {
		if got := c.kind.Major(c.environ, c.ref); got != c.want {
			t.Errorf("%s %v %s: %d", c.kind.Name, c.environ, c.ref, got)
		}
	}
}

func TestAnImageOfAnotherMajorVersionIsRefusedWhereItWouldNotStart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind        Client
		data, image int
		refused     bool
	}{
		{Psql, 15, 16, true}, {Psql, 16, 15, true}, {Psql, 15, 15, false}, {Psql, 0, 16, false}, {Psql, 15, 0, false},
		{Redis, 7, 8, false}, {Redis, 8, 7, true}, {Cypher, 4, 5, true},
	} {
		err := c.kind.WrongMajor("db", c.data, c.image)
		if (err != nil) != c.refused || c.refused && failure.CodeOf(err) != failure.Preflight {
			t.Errorf("%s %d → %d: %v", c.kind.Name, c.data, c.image, err)
		}
	}
}
