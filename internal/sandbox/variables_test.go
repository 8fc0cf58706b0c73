package sandbox

import (
	"maps"
	"slices"
	"testing"
)

// Tests that are given a port of the stack that somebody works with spoil it.
func TestWhatLeadsToServicesOutsideTheStackIsNotItsVariable(t *testing.T) {
	p := loaded(t, `
  db: {image: db, ports: ["${DB_PORT:-5432}:5432"]}
  cache: {image: cache, ports: ["${CACHE_PORT:-6379}:6379"]}
  shared: {image: shared, ports: ["127.0.0.2:${CACHE_PORT:-6379}:6379"]}
  web: {image: web, ports: ["${WEB_PORT:-80}:80"]}
  never: {image: never, ports: ["${NEVER_PORT:-1}:1"], deploy: {replicas: 0}}
`)
	model, err := p.Model.WithSelectedServices([]string{"cache"})
	if err != nil {
		t.Fatal(err)
	}
	alone := *p
	alone.Model = model
	ports := PortsOf(&alone)
	values := map[string]string{"DB_PORT": "5433", "DB_HOST": "localhost", "CACHE_PORT": "6379", "CACHE_HOST": "localhost", "NEVER_PORT": "1", "PLAIN": "5433",
		"DATABASE_URL": "postgres://u:p@localhost:5433/x", "INSIDE_URL": "postgres://u:p@db/x", "CACHE_URL": "redis://localhost:6379", "OTHER_URL": "postgres://localhost:5499"}
	got := Variables(values, ports, map[string]uint16{"CACHE_PORT": 20001}, "127.0.0.1")
	withheld := Withhold(got, values, ports, AbsentOf(&alone))
	if want := []string{"DATABASE_URL", "DB_HOST", "DB_PORT", "INSIDE_URL", "WEB_HOST", "WEB_PORT"}; !slices.Equal(withheld, want) {
		t.Errorf("withheld are %v, not %v", withheld, want)
	}
	want := map[string]string{"CACHE_PORT": "20001", "CACHE_HOST": "127.0.0.1", "NEVER_PORT": "1", "PLAIN": "5433", "CACHE_URL": "redis://127.0.0.1:20001", "OTHER_URL": "postgres://localhost:5499"}
	if !maps.Equal(got, want) {
		t.Errorf("handed out are %v, not %v", got, want)
	}
}
