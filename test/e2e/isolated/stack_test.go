// Package isolated_test has copies of a stack on a real engine that share nothing:
// brought up at once, kept, given back, and removed when whoever wanted them is gone.
package isolated_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/sandbox"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// stack is one of stacktest's, whose copies are removed as well.
type stack struct{ stacktest.Stack }

func newStack(t *testing.T, services string) *stack {
	t.Helper()
	s := &stack{}
	s.Setup(t, services)
	t.Cleanup(s.removeCopies)
	return s
}

// removeCopies removes by label what records and engine know of.
func (s *stack) removeCopies() {
	for _, r := range s.records() {
		other := s.Stack
		other.Name = r.Project
		other.Remove()
	}
}

func (s *stack) layout() project.Layout { return project.Layout{Root: s.Dir}.WithDefaults() }

func (s *stack) records() (list []sandbox.Record) {
	places, _ := sandbox.Stacks(s.layout())
	for _, p := range places {
		if r, ok := p.Read(); ok {
			list = append(list, r)
		}
	}
	return list
}

// clashing has all that two stacks of one machine cannot both have.
const clashing = `
  db:
    image: lab/service:1
    container_name: CLASH-db
    ports: ["${DB_PORT:-5432}:8080"]
    volumes: ["data:/data", "theirs:/theirs"]
    networks: {back: {ipv4_address: 10.231.77.5}}
    stop_grace_period: 1s
    ` + stacktest.Health + `
  web:
    image: lab/service:1
    ports: ["127.0.0.1:18080:8080", "9000"]
    networks: [back, front]
    depends_on: {db: {condition: service_healthy}}
    stop_grace_period: 1s
    ` + stacktest.Health + `
volumes:
  data: {name: CLASH-data}
  theirs: {external: true, name: CLASH-theirs}
networks:
  back: {name: CLASH-back, ipam: {config: [{subnet: 10.231.77.0/24}]}, driver_opts: {com.docker.network.bridge.name: CLASH}}
  front: {external: true, name: CLASH-front}
`

func clashes(name string) string {
	short := "sb" + name[len(name)-8:]
	return strings.ReplaceAll(strings.ReplaceAll(clashing, "bridge.name: CLASH", "bridge.name: "+short), "CLASH", name)
}

func (s *stack) testUp(o test.UpOptions) stacktest.Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error { return test.Up(ctx, w, o) })
}

func (s *stack) testDown(name string) stacktest.Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error { return test.Down(ctx, w, name) })
}

// variables are those of a stack's file.
func (s *stack) variables(name string) map[string]string {
	s.T.Helper()
	values := map[string]string{}
	for _, e := range dotenv.Parse(s.Read(filepath.Join(".spellbook/test", name+".env"))).Entries {
		if e.Kind == dotenv.Assignment {
			key, value, _ := strings.Cut(strings.TrimSpace(e.Text), "=")
			values[key] = strings.Trim(value, `'"`)
		}
	}
	return values
}

// named is a pointer to a flag's value.
func named[T any](v T) *T { return &v }

func TestAnyNumberOfCopiesComeUpBesideTheStackItself(t *testing.T) {
	t.Parallel()
	s := newStack(t, "")
	s.Write(clashes(s.Name))
	results := make([]stacktest.Result, 3)
	stacktest.AtOnce(len(results), func(i int) {
		results[i] = s.testUp(test.UpOptions{Name: named(string(rune('a' + i)))})
	})
	for _, r := range results {
		r.Want(t, failure.OK)

	}

	s.testDown("a").Want(t, failure.OK)
}
