package infra_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/NAME.txt.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test ./internal/infra -update writes it)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs\n--- got\n%s--- want\n%s", path, got, want)
	}
}

// load makes a project of Compose services, given as YAML below `services:`.
func load(t *testing.T, services string, o project.Options) *project.Project {
	t.Helper()
	dir := t.TempDir()
	text := "name: demo\nservices:\n" + services
	if err := os.WriteFile(filepath.Join(dir, "compose.yml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := project.Load(t.Context(), project.Layout{Root: dir, Files: []string{"compose.yml"}}, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const stack = `
  db:
    image: postgres:16
    healthcheck: {test: [CMD-SHELL, pg_isready -U postgres], timeout: 5s}
    ports: ["5432:5432"]
  migrate:
    image: app:1
    command: migrate
    depends_on: {db: {condition: service_healthy}}
  api:
    image: app:1
    healthcheck: {test: [CMD, /app, health]}
    depends_on:
      db: {condition: service_healthy}
      migrate: {condition: service_completed_successfully}
      cache: {condition: service_started}
  cache:
    image: redis:7
`

// checked has a health check on what others wait to complete.
var checked = strings.Replace(stack, "command: migrate", "healthcheck: {test: [CMD, ok]}", 1)

// sharing has services that share what belongs to another one.
const sharing = `
  db: {image: "db:1"}
  agent: {image: "agent:1", network_mode: "service:db"}
  files: {image: "files:1", volumes_from: [db]}
  web: {image: "web:1"}
`

// world is a state in which every service of p is up, made of the digests of p.
func world(t *testing.T, p *project.Project) (observe.State, infra.UpOptions) {
	t.Helper()
	d, err := p.Digests()
	if err != nil {
		t.Fatal(err)
	}
	s := observe.State{Containers: map[string][]observe.Container{}, Last: observe.Record{Version: 1}.Merge(d)}
	for _, name := range p.Services() {
		for n := range p.Replicas(name) {
			s.Containers[name] = append(s.Containers[name], container(p, name, n+1))
		}
	}
	return s, infra.UpOptions{Digests: d, All: true}
}

func container(p *project.Project, service string, n int) observe.Container {
	c := observe.Container{Name: p.ContainerName(service, n), Service: service, Number: n, Project: p.Name,
		Image: p.Model.Services[service].Image, ImageID: "sha256:1", State: "running", Status: "Up 2 minutes", Files: p.Files}
	if len(p.Check(service).Test) > 0 {
		c.Health, c.Status = "healthy", "Up 2 minutes (healthy)"
	}
	if service == "migrate" {
		c.State, c.Status = "exited", "Exited (0) 2 minutes ago"
	}
	return c
}

func set(s observe.State, service string, change func(*observe.Container)) {
	for i := range s.Containers[service] {
		change(&s.Containers[service][i])
	}
}

func TestPlanUp(t *testing.T) {
	type row struct {
		name     string
		services string
		options  project.Options
		change   func(*project.Project, *observe.State, *infra.UpOptions)
	}
	empty := func(_ *project.Project, s *observe.State, _ *infra.UpOptions) { *s = observe.State{} }
	for _, r := range []row{
		{name: "first-start", services: stack, change: empty},
		{name: "first-start-images-missing", services: stack, change: func(p *project.Project, s *observe.State, _ *infra.UpOptions) {
			*s = observe.State{Missing: map[string]bool{"postgres:16": true, "app:1": true}}
		}},
		{name: "nothing-to-do", services: stack},
		{name: "configuration-changed", services: stack, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			s.Hashes = map[string]string{"db": "", "migrate": "", "api": "new", "cache": ""}
		}},
		{name: "dependency-changed-reruns-the-one-shot", services: stack, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			s.Hashes = map[string]string{"db": "new", "migrate": "", "api": "", "cache": ""}
		}},
		{name: "image-moved", services: stack, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			set(*s, "api", func(c *observe.Container) { c.Image = "sha256:9" })
		}},
		{name: "stopped-and-crashed", services: stack, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			set(*s, "db", func(c *observe.Container) { c.State, c.Health = "exited", "" })
			set(*s, "api", func(c *observe.Container) { c.State, c.ExitCode, c.Health = "exited", 3, "" })
		}},
		{name: "still-starting", services: stack, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			set(*s, "api", func(c *observe.Container) { c.Health = "starting" })
		}},
		{name: "created-and-never-started", services: stack, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			for name := range s.Containers {
				set(*s, name, func(c *observe.Container) { c.State, c.Health = "created", "" })
			}
		}},
		{name: "one-shot-failed-before", services: stack, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			set(*s, "migrate", func(c *observe.Container) { c.ExitCode = 1 })
			set(*s, "api", func(c *observe.Container) { c.State, c.Health = "created", "" })
		}},
		{name: "service-removed", services: stack, change: func(p *project.Project, s *observe.State, _ *infra.UpOptions) {
			old := container(p, "db", 1)
			old.Name, old.Service = "demo-old-1", "old"
			s.Containers["old"] = []observe.Container{old}
			foreign := old
			foreign.Name, foreign.Service, foreign.Files = "demo-theirs-1", "theirs", []string{"/somewhere/else.yml"}
			s.Containers["theirs"] = []observe.Container{foreign}
			unknown := old
			unknown.Name, unknown.Service, unknown.Files = "demo-anybody-1", "anybody", nil
			s.Containers["anybody"] = []observe.Container{unknown}
		}},
		{name: "selection-leaves-others-alone", services: stack, options: project.Options{Services: []string{"cache"}},
			change: func(p *project.Project, s *observe.State, o *infra.UpOptions) { *s = observe.State{}; o.All = false }},
		{name: "optional-dependency", services: `
  api:
    image: app:1
    depends_on: {mail: {condition: service_healthy, required: false}, gone: {condition: service_started, required: false}}
  mail: {image: mail:1, healthcheck: {test: [CMD, ok]}}
  gone: {image: gone:1, profiles: [extra]}
`, change: empty},
		{name: "restart-true-with-its-dependency", services: `
  api:
    image: app:1
    depends_on: {db: {condition: service_started, restart: true}}
  db: {image: db:1}
`, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			s.Hashes = map[string]string{"db": "new", "api": ""}
		}},
		{name: "nothing-is-stopped-before-the-images-are-there", services: `
  api:
    image: app:1
    depends_on: {db: {condition: service_started, restart: true}}
  db: {image: db:2}
  cache: {image: cache:1}
`, change: func(p *project.Project, s *observe.State, _ *infra.UpOptions) {
			s.Hashes, s.Missing = map[string]string{"db": "new", "api": "", "cache": ""}, map[string]bool{"db:2": true}
			old := container(p, "db", 1)
			old.Name, old.Service = "demo-old-1", "old"
			s.Containers["old"] = []observe.Container{old}
			set(*s, "cache", func(c *observe.Container) { c.State = "dead" })
		}},
		{name: "replicas", services: `
  web: {image: web:1, scale: 3, healthcheck: {test: [CMD, ok]}}
`, change: func(p *project.Project, s *observe.State, _ *infra.UpOptions) {
			s.Containers["web"] = s.Containers["web"][1:2]
		}},
		{name: "one-shot-still-running", services: stack, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			set(*s, "migrate", func(c *observe.Container) { c.State, c.Status = "running", "Up 1 second" })
			set(*s, "api", func(c *observe.Container) { c.State, c.Health = "created", "" })
		}},
		{name: "made-anew-by-somebody-else", services: stack, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			s.Last.Hashes = map[string]string{"db": "ours"}
			s.Hashes = map[string]string{"db": "ours", "migrate": "", "api": "", "cache": ""}
			set(*s, "db", func(c *observe.Container) { c.ConfigHash = "theirs" })
		}},
		{name: "made-anew-as-it-should-be", services: stack, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			s.Last.Hashes = map[string]string{"db": "before"}
			s.Hashes = map[string]string{"db": "now", "migrate": "", "api": "", "cache": ""}
			set(*s, "db", func(c *observe.Container) { c.ConfigHash = "now" })
		}},
		{name: "hooks-and-inline-configs-are-started-by-compose", services: `
  web:
    image: web:1
    post_start: [{command: [touch, /x]}]
  early:
    image: web:1
    pre_start: [{command: [touch, /x]}]
  conf:
    image: web:1
    configs: [inline]
configs: {inline: {content: hello}}
`, change: empty},
		{name: "profile", services: `
  web: {image: web:1}
  tool: {image: tool:1, profiles: [tools]}
`, options: project.Options{Profiles: []string{"tools"}}, change: empty},
		{name: "recreate", services: stack, change: func(p *project.Project, _ *observe.State, o *infra.UpOptions) { o.Recreate = p.Services() }},
		{name: "recreate-one-leaves-what-it-depends-on", services: stack, options: project.Options{Services: []string{"api"}},
			change: func(_ *project.Project, _ *observe.State, o *infra.UpOptions) { o.Recreate = []string{"api"} }},
		{name: "network-changed", services: stack, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			s.Last.Digests.Shared = "before"
		}},
		{name: "a-one-shot-ends-before-its-network-changes", services: stack, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			s.Last.Digests.Shared = "before"
			set(*s, "migrate", func(c *observe.Container) { c.State = "running" })
		}},
		{name: "a-one-shot-that-cannot-end-is-started-again", services: stack, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			s.Last.Digests.Shared = "before"
			set(*s, "migrate", func(c *observe.Container) { c.State = "running" })
			set(*s, "db", func(c *observe.Container) { c.State, c.Health, c.ExitCode = "exited", "", 1 })
		}},
		{name: "a-one-shot-with-a-health-check-is-done", services: checked, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			set(*s, "migrate", func(c *observe.Container) { c.Health = "" })
		}},
		{name: "a-dead-container-is-removed", services: stack, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			set(*s, "cache", func(c *observe.Container) { c.State = "dead" })
		}},
		{name: "containers-that-are-on-no-network-any-more", services: sharing, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			for name := range s.Containers {
				set(*s, name, func(c *observe.Container) { c.Networks = []string{} })
			}
		}},
		{name: "stopped-containers-whose-network-is-gone", services: stack, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			s.Networks = []observe.Network{{ID: "new", Name: "demo_default"}}
			for name := range s.Containers {
				set(*s, name, func(c *observe.Container) { c.NetworkIDs = []string{"old"} })
			}
			set(*s, "cache", func(c *observe.Container) { c.State, c.ExitCode = "exited", 143 })
		}},
		{name: "a-sharer-is-not-changed-because-something-else-is", services: sharing, change: func(_ *project.Project, s *observe.State, _ *infra.UpOptions) {
			s.Hashes, s.Last.Hashes = map[string]string{}, map[string]string{}
			for name := range s.Containers {
				s.Hashes[name], s.Last.Hashes[name] = name, name+" with its container"
				set(*s, name, func(c *observe.Container) { c.ConfigHash = name + " with its container" })
			}
			s.Hashes["db"], s.Hashes["web"] = "db with its container", "changed"
		}},
	} {
		t.Run(r.name, func(t *testing.T) {
			p := load(t, r.services, r.options)
			s, o := world(t, p)
			if r.change != nil {
				r.change(p, &s, &o)
			}
			got, err := infra.PlanUp(p, s, o)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "up-"+r.name, got.String())
			if upToDate := infra.UpToDate(p, s, o); upToDate != got.Empty() {
				t.Errorf("up to date is %v, and the plan is\n%s", upToDate, got.String())
			}
		})
	}
}

func TestAPlanIsTheSameEveryTime(t *testing.T) {
	p := load(t, stack, project.Options{})
	_, o := world(t, p)
	first := ""
	for range 20 {
		got, err := infra.PlanUp(p, observe.State{}, o)
		if err != nil {
			t.Fatal(err)
		}
		if text := got.String(); first == "" {
			first = text
		} else if text != first {
			t.Fatalf("got\n%s\nthen\n%s", first, text)
		}
	}
}

// Compose keeps those that need no change, and of these the lowest numbers.
func TestTheReplicaThatComposeKeepsIsStarted(t *testing.T) {
	p := load(t, `
  web: {image: "web:1"}
`, project.Options{})
	s, o := world(t, p)
	second := container(p, "web", 2)
	second.ConfigHash = "now"
	s.Containers["web"], s.Hashes = append(s.Containers["web"], second), map[string]string{"web": "now"}
	got, err := infra.PlanUp(p, s, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range got.Steps {
		if a, ok := step.Action.(plan.StartContainers); ok && !slices.Equal(a.Names, []string{"demo-web-2"}) {
			t.Errorf("starts %v", a.Names)
		}
	}
}

func TestPlanStopEndsDependentsFirst(t *testing.T) {
	p := load(t, stack, project.Options{})
	s, _ := world(t, p)
	got, err := infra.PlanStop(p, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "stop", got.String())
	got, err = infra.PlanStop(p, s, []string{"cache"})
	if err != nil {
		t.Fatal(err)
	}
	if text := got.String(); !strings.Contains(text, "cache") || strings.Contains(text, "api") {
		t.Errorf("stop of cache alone:\n%s", text)
	}
}

// Neither would a container that is paused end by itself, nor one that is between two restarts.
func TestAStopEndsWhatIsPausedAndWhatRestartsAgainAndAgain(t *testing.T) {
	p := load(t, `
  paused: {image: "a:1"}
  loops: {image: "a:1", restart: always}
  ended: {image: "a:1"}
`, project.Options{})
	s, _ := world(t, p)
	for name, state := range map[string]string{"paused": "paused", "loops": "restarting", "ended": "exited"} {
		set(s, name, func(c *observe.Container) { c.State = state })
	}
	got, err := infra.PlanStop(p, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if text := got.String(); !strings.Contains(text, "stop service paused") || !strings.Contains(text, "stop service loops") || strings.Contains(text, "ended") {
		t.Errorf("the plan is\n%s", text)
	}
}

func TestARestartTakesAlongWhatAsksForIt(t *testing.T) {
	p := load(t, `
  db: {image: "db:1"}
  api: {image: "app:1", depends_on: {db: {condition: service_started, restart: true}}}
  web: {image: "web:1", depends_on: {api: {condition: service_started, restart: true}}}
  cron: {image: "app:1", depends_on: [db]}
`, project.Options{})
	if got := infra.WithRestarted(p, []string{"db"}); !slices.Equal(got, []string{"db", "api", "web"}) {
		t.Errorf("got %v", got)
	}
	if got := infra.WithRestarted(p, nil); len(got) != 0 {
		t.Errorf("none named: got %v", got)
	}
}
