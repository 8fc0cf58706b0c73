package infra_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

// withPlugin is the stack with a plugin of two services, and an api that needs
// one of them.
func withPlugin(t *testing.T, digest string, o project.Options) *project.Project {
	t.Helper()
	fragment := filepath.Join(t.TempDir(), "kafka.yml")
	text := "services:\n  kafka: {image: 'kafka:1', healthcheck: {test: [CMD, ok]}}\n  console: {image: 'console:1', depends_on: {kafka: {condition: service_healthy}}}\n"
	if err := os.WriteFile(fragment, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Fragments = []project.Fragment{{Plugin: "kafka", Path: fragment, Services: []string{"kafka", "console", "optional"}, Probed: []string{"kafka"}, Digest: digest,
		Schemes: map[string]map[uint16]string{"kafka": {9092: "kafka+tls", 9093: ""}, "console": {8080: "https"}},
		Hooks:   []project.Hook{{Phase: "pre_up"}, {Phase: "post_ready", Timeout: 2 * time.Minute}, {Phase: "pre_down"}}}}
	return load(t, "\n  api: {image: 'app:1', depends_on: {kafka: {condition: service_healthy}}}\n", o)
}

func TestPlanUpWithPlugins(t *testing.T) {
	for _, r := range []struct {
		name     string
		services []string
		change   func(*observe.State, *infra.UpOptions)
	}{
		{name: "plugin-first-start", change: func(s *observe.State, _ *infra.UpOptions) { *s = observe.State{} }},
		{name: "plugin-nothing-to-do"},
		{name: "plugin-values-changed", change: func(s *observe.State, _ *infra.UpOptions) { s.Last.Digests.Plugins["kafka"] = "before" }},
		{name: "plugin-service-stopped", change: func(s *observe.State, _ *infra.UpOptions) {
			set(*s, "console", func(c *observe.Container) { c.State, c.ExitCode = "exited", 1 })
		}},
		{name: "plugin-service-of-nobody-selected", services: []string{"api"}, change: func(s *observe.State, o *infra.UpOptions) {
			o.All = false
			set(*s, "api", func(c *observe.Container) { c.State, c.ExitCode = "exited", 1 })
		}},
	} {
		t.Run(r.name, func(t *testing.T) {
			p := withPlugin(t, "now", project.Options{Services: r.services})
			s, o := world(t, p)
			if r.change != nil {
				r.change(&s, &o)
			}
			got, err := infra.PlanUp(p, s, o)
			if err != nil {
				t.Fatal(err)
			}
			if got.Empty() != infra.UpToDate(p, s, o) {
				t.Errorf("up to date: %v, and the plan is\n%s", infra.UpToDate(p, s, o), got.String())
			}
			golden(t, "up-"+r.name, got.String())
		})
	}
}

func TestPlanDownLetsPluginsGoFirst(t *testing.T) {
	p := withPlugin(t, "now", project.Options{})
	s, _ := world(t, p)
	got, _, err := infra.PlanDown(p, infra.Belongings{State: s, Networks: []infra.Leftover{{ID: "n1", Name: "demo_default"}}})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "down-plugin", got.String())
	stop, err := infra.PlanStop(p, s, []string{"kafka", "api"})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "stop-plugin", stop.String())
}

// The plugin knows better than a list of well-known ports; the user's own
// app_protocol is in the model, and wins there.
func TestTheURLsOfAPluginsServiceBeginAsItsEndpointsSay(t *testing.T) {
	p := withPlugin(t, "now", project.Options{})
	s, _ := world(t, p)
	set(s, "kafka", func(c *observe.Container) {
		c.Ports = []observe.Published{{IP: "127.0.0.1", Host: 19092, Container: 9092, Proto: "tcp"}, {IP: "127.0.0.1", Host: 19093, Container: 9093, Proto: "tcp"},
			{IP: "127.0.0.1", Host: 19094, Container: 9092, Proto: "udp"}}
	})
	set(s, "console", func(c *observe.Container) {
		c.Ports = []observe.Published{{IP: "0.0.0.0", Host: 80, Container: 8080, Proto: "tcp"}}
	})
	got := map[string][]string{}
	for _, row := range infra.Status(p, s) {
		got[row.Name] = row.URLs
	}
	want := map[string][]string{"api": {}, "console": {"https://localhost:80"},
		"kafka": {"kafka+tls://127.0.0.1:19092", "tcp://127.0.0.1:19093", "udp://127.0.0.1:19094"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}
