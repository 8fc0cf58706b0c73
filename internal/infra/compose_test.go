package infra_test

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

// What Compose adds to a service is in its label and not in what `config --hash` says:
// where another service changes, that makes nothing anew, and restarts nothing.
func TestWhatComposeAddsToAServiceIsNoChangeOfIt(t *testing.T) {
	p := load(t, `
  socket: {image: "a:1", use_api_socket: true}
  talks: {image: "a:1", models: [llm]}
  after: {image: "a:1", depends_on: {socket: {condition: service_started, restart: true}, talks: {condition: service_started, restart: true}}}
  db: {image: "a:1"}
models: {llm: {model: "ai/m"}}
`, project.Options{})
	s, o := world(t, p)
	s.Hashes, s.Last.Hashes = map[string]string{}, map[string]string{}
	for _, name := range p.Services() {
		label := name
		if name == "socket" || name == "talks" {
			label += " and more"
		}
		s.Hashes[name], s.Last.Hashes[name] = name, label
		set(s, name, func(c *observe.Container) { c.ConfigHash = label })
	}
	s.Hashes["db"] = "changed"
	got, err := infra.PlanUp(p, s, o)
	if err != nil {
		t.Fatal(err)
	}
	if text := got.String(); !strings.Contains(text, "start service db") || strings.Contains(text, "service socket") || strings.Contains(text, "service talks") || strings.Contains(text, "service after") {
		t.Errorf("the plan is\n%s", text)
	}
}

// Compose takes the containers of a network that is called otherwise to the new one, on
// which none that was made on the old one starts from engine 24 on.
func TestContainersOfARenamedNetworkAreMadeAnew(t *testing.T) {
	p := load(t, "  web: {image: \"a:1\", networks: [n]}\nnetworks: {n: {name: two}}\n", project.Options{})
	one, two := observe.Network{ID: "1", Name: "one", Project: "demo"}, observe.Network{ID: "2", Name: "two", Project: "demo"}
	for name, c := range map[string]struct {
		web  observe.Container
		nets []observe.Network
		anew bool
	}{
		"it runs on the old one":             {observe.Container{State: "running", Networks: []string{"one"}, NetworkIDs: []string{"1"}, MadeOn: "one"}, []observe.Network{one}, true},
		"Compose could not start it":         {observe.Container{State: "exited", ExitCode: 128, Networks: []string{"two"}, MadeOn: "one"}, []observe.Network{two}, true},
		"an engine before 24 has started it": {observe.Container{State: "running", Networks: []string{"two"}, NetworkIDs: []string{"2"}, MadeOn: "one"}, []observe.Network{two}, false},
		"it was made on the new one":         {observe.Container{State: "exited", ExitCode: 128, Networks: []string{"two"}, NetworkIDs: []string{"2"}, MadeOn: "two"}, []observe.Network{two}, false},
		"by its ID":                          {observe.Container{State: "exited", ExitCode: 128, Networks: []string{"two"}, NetworkIDs: []string{"2"}, MadeOn: "2"}, []observe.Network{two}, false},
	} {
		s, o := world(t, p)
		s.Networks = c.nets
		set(s, "web", func(have *observe.Container) {
			have.State, have.ExitCode, have.Networks, have.NetworkIDs, have.MadeOn = c.web.State, c.web.ExitCode, c.web.Networks, c.web.NetworkIDs, c.web.MadeOn
		})
		got, err := infra.PlanUp(p, s, o)
		if err != nil {
			t.Fatal(err)
		}
		if text := got.String(); strings.Contains(text, "--force-recreate") != c.anew {
			t.Errorf("%s: the plan is\n%s", name, text)
		}
	}
}
