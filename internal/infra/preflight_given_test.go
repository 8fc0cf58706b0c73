package infra_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

func TestWhatAContainerCannotBeGivenIsInTheWay(t *testing.T) {
	const services = `
  web: {image: a, configs: [inline, file], secrets: [set, unset, swarms], container_name: mine}
  closed: {image: a, read_only: true, configs: [inline, file], secrets: [set, empty], container_name: mine}
  none: {image: a, scale: 0, secrets: [unset]}
configs: {inline: {content: x}, file: {file: ./f}}
secrets: {set: {environment: SET}, empty: {environment: EMPTY}, unset: {environment: UNSET}, swarms: {external: true}}
`
	p := load(t, services, project.Options{Environ: []string{"SET=s3cr3t", "EMPTY="}})
	got := infra.Preflight(p, observe.State{}, observe.Facts{Compose: observe.Compose{Version: "5.6.0"}})
	want := []string{
		"closed and web both want the container_name mine",
		"  → leave container_name out, or give another one",
		"config inline of closed is to be written into its container, which is read_only",
		"  → give it a file, which is mounted",
		"secret set of closed is to be written into its container, which is read_only",
		"  → give it a file, which is mounted",
		"secret unset of web is the variable UNSET, which nobody sets",
		"  → export UNSET=VALUE",
		"secret swarms of web is external, which only Swarm has",
		"  → give it a file, or a variable: environment: NAME",
	}
	if got == nil || !slices.Equal(got.Details, want) {
		t.Fatalf("in the way is %+v\nnot\n%s", got, strings.Join(want, "\n"))
	}
}

func TestOrphansThatAreIgnoredAndRemovedAreInTheWay(t *testing.T) {
	for _, c := range []struct {
		environ []string
		refused bool
	}{
		{[]string{"COMPOSE_IGNORE_ORPHANS=1", "COMPOSE_REMOVE_ORPHANS=y"}, true},
		{[]string{"COMPOSE_IGNORE_ORPHANS=true", "COMPOSE_REMOVE_ORPHANS=no"}, false},
		{[]string{"COMPOSE_REMOVE_ORPHANS=1"}, false},
	} {
		p := load(t, "\n  web: {image: a}\n", project.Options{Environ: c.environ})
		got := infra.Preflight(p, observe.State{}, observe.Facts{Compose: observe.Compose{Version: "5.6.0"}})
		if (got != nil) != c.refused {
			t.Errorf("%q: %v", c.environ, got)
		}
	}
}
