// Package isolated_test has copies of a stack on a real engine that share nothing:
// brought up at once, kept, given back, and removed when whoever wanted them is gone.
package isolated_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/sandbox"
	"github.com/infinitescribe/spellbook/internal/secret"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// stack is one of stacktest's, whose copies are removed as well.
type stack struct{ stacktest.Stack }

func newStack(t *testing.T, services string) *stack {
	t.Helper()
	s := &stack{}
	s.Setup(t, services)
	t.Cleanup(func() {
		for _, r := range s.records() {
			s.copyOf(r).Remove()
		}
	})
	return s
}

// copyOf is what the engine has of a copy.
func (s *stack) copyOf(r sandbox.Record) *stacktest.Stack {
	return s.copyNamed(r.Project)
}

func (s *stack) layout() project.Layout { return project.Layout{Root: s.Dir}.WithDefaults() }

// records are those of all copies.
func (s *stack) records() (list []sandbox.Record) {
	places, _ := sandbox.Stacks(s.layout())
	for _, p := range places {
		if r, ok := p.Read(); ok {
			list = append(list, r)
		}
	}
	return list
}

// record is that of one copy.
func (s *stack) record(name string) sandbox.Record {
	s.T.Helper()
	for _, r := range s.records() {
		if r.Name == name {
			return r
		}
	}
	s.T.Fatalf("there is no record of %s", name)
	return sandbox.Record{}
}

// wantNothingOf fails the test if the engine has anything of a copy.
func (s *stack) wantNothingOf(r sandbox.Record) {
	s.T.Helper()
	containers, err := s.Client.Containers(s.T.Context(), r.Project)
	networks, err2 := s.Client.Networks(s.T.Context(), r.Project)
	volumes, err3 := s.Client.Volumes(s.T.Context(), r.Project)
	if len(containers)+len(networks)+len(volumes) > 0 || err != nil || err2 != nil || err3 != nil {
		s.T.Errorf("of %s there is still %v, %v, %v (%v, %v, %v)", r.Project, containers, networks, volumes, err, err2, err3)
	}
}

func (s *stack) testUp(o test.UpOptions) stacktest.Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error { return test.Up(ctx, w, o) })
}

func (s *stack) testDown(name string) stacktest.Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error { return test.Down(ctx, w, name) })
}

func (s *stack) testList() stacktest.Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error { return test.List(ctx, w, false) })
}

// start is what a program does that runs tests against a copy.
func (s *stack) start(o test.StartOptions) *test.Stack {
	s.T.Helper()
	var started *test.Stack
	s.Run(func(ctx context.Context, w *app.Run) (err error) {
		started, err = test.Start(ctx, w, o)
		return err
	}).Want(s.T, failure.OK)
	return started
}

// variables are those of a copy's file.
func (s *stack) variables(name string) map[string]string {
	s.T.Helper()
	file := dotenv.File{Path: name, Text: secret.New(s.Read(".spellbook/test/" + name + ".env"))}
	found, err := dotenv.Resolve(dotenv.ResolveOptions{Files: []dotenv.File{file}})
	if err != nil {
		s.T.Fatal(err)
	}
	return found.Reveal()
}

// named is a pointer to a flag's value.
func named[T any](v T) *T { return &v }

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
  back: {name: CLASH-back, ipam: {config: [{subnet: 10.231.77.0/24}]}, driver_opts: {com.docker.network.bridge.name: SHORT}}
  front: {external: true, name: CLASH-front}
`

// newClashing is a stack of these.
func newClashing(t *testing.T) *stack {
	t.Helper()
	s := newStack(t, "")
	s.Write(strings.NewReplacer("CLASH", s.Name, "SHORT", "sb"+s.Name[len(s.Name)-8:]).Replace(clashing))
	return s
}

// text is a port as it is printed.
func text(port uint16) string { return strconv.Itoa(int(port)) }

// copyNamed is what the engine has of a project.
func (s *stack) copyNamed(project string) *stacktest.Stack {
	other := s.Stack
	other.Name = project
	return &other
}
