package project

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const fragmentText = `services:
  kafka: {image: "${KAFKA_IMAGE:-lab/kafka:1}", volumes: ["kafka-data:/data"]}
  console: {image: lab/console:1, networks: [own]}
  helper: {image: lab/helper:1, network_mode: none}
networks: {own: }
volumes: {kafka-data: }
`

func withFragment(t *testing.T, base, fragment string) *Project {
	t.Helper()
	p, err := Load(t.Context(), Layout{Root: "/", Files: []string{composeFile(t, base)}}, Options{Fragments: []Fragment{
		{Plugin: "kafka", Path: composeFile(t, fragment), Services: []string{"kafka", "console", "helper"}}}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestServicesOfAFragmentAreInTheStackAndOfTheirPlugin(t *testing.T) {
	p := withFragment(t, "name: lab\nservices: {api: {image: app, depends_on: {kafka: {condition: service_healthy}}, networks: [back, front]}}\nnetworks: {back: , front: }\n", fragmentText)
	if got := p.Services(); !slices.Equal(got, []string{"api", "console", "helper", "kafka"}) {
		t.Errorf("services are %q", got)
	}
	if p.Plugin("kafka") != "kafka" || p.Plugin("api") != "" || p.PluginOf(p.Files[1]) != "kafka" {
		t.Error("services and files have the wrong plugin")
	}
	if got := p.Networks(); !slices.Equal(got, []string{"back", "front"}) {
		t.Errorf("networks are %q", got)
	}
}

func TestAStackOnTheDefaultNetworkHasNoneToJoin(t *testing.T) {
	if got := withFragment(t, "name: lab\nservices: {api: {image: app}}\n", fragmentText).Networks(); len(got) != 0 {
		t.Errorf("networks are %q", got)
	}
}

func TestAFragmentJoinsTheNetworksOfTheStack(t *testing.T) {
	text, err := Joined("kafka", []byte(fragmentText), []string{"back"})
	if err != nil {
		t.Fatal(err)
	}
	p := withFragment(t, "name: lab\nservices: {api: {image: app, networks: [back]}}\nnetworks: {back: }\n", string(text))
	for service, want := range map[string][]string{"kafka": {"back"}, "console": {"own"}, "helper": nil} {
		s := p.Model.Services[service]
		if got := s.NetworksByPriority(); !slices.Equal(got, want) {
			t.Errorf("%s is on %q, want %q", service, got, want)
		}
	}
	if !strings.HasPrefix(string(text), "# Written by Spellbook from plugin kafka") {
		t.Errorf("the file does not say where it came from:\n%s", text)
	}
}

func TestAMistakeInAFragmentNamesItsFileAndLine(t *testing.T) {
	file := composeFile(t, "services:\n  kafka:\n    imagine: x\n")
	_, err := Load(t.Context(), Layout{Root: filepath.Dir(file), Files: []string{composeFile(t, "name: lab\nservices: {api: {image: app}}\n")}},
		Options{Fragments: []Fragment{{Plugin: "kafka", Path: file}}})
	if err == nil || !strings.Contains(err.Error(), filepath.Base(file)+":3") {
		t.Errorf("error is %v", err)
	}
}
