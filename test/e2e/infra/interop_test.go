package infra_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// everything uses what Compose alone does at the start, and what it labels.
const everything = `
  web:
    image: lab/postgres:15
    entrypoint: [sleep, infinity]
    init: true
    stop_grace_period: 1s
    configs: [{source: inline, target: /etc/inline.conf}]
    secrets: [token]
    volumes: ["data:/data", "./compose-made:/made"]
    post_start: [{command: [sh, -c, "echo hooked > /tmp/hook"]}]
    healthcheck: {test: [CMD, test, -f, /tmp/hook], interval: 10s}
  plain:
    image: lab/service:1
    scale: 2
    ` + stacktest.Health + `
    depends_on: {web: {condition: service_healthy}}
  bare:
    image: lab/service:1
    network_mode: "service:web"
configs: {inline: {content: "hello ${WHO:-you}"}}
secrets: {token: {environment: TOKEN}}
volumes: {data: {labels: {kept: "yes"}}}
`

func TestAPlainComposeUpAfterOursChangesNothing(t *testing.T) {
	t.Parallel()
	s := newStack(t, everything)
	s.Env = append(s.Env, "TOKEN=canary")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	before := s.IDs()
	if len(before) != 4 {
		t.Fatalf("containers: %v", before)
	}
	s.Compose("up", "-d")
	if after := s.IDs(); !maps.Equal(before, after) {
		t.Errorf("before %v, after %v", before, after)
	}
	if got := stacktest.Docker(t, "exec", s.Name+"-web-1", "cat", "/etc/inline.conf", "/run/secrets/token", "/tmp/hook"); got != "hello youcanaryhooked\n" {
		t.Errorf("inline config, secret and hook: %q", got)
	}
}

func TestOursAfterAPlainComposeUpAdoptsWhatIsThere(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Chain)
	s.Compose("up", "-d", "--wait-timeout", "60")
	before := s.IDs()
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	after := s.IDs()
	for _, name := range []string{s.Name + "-db-1", s.Name + "-api-1"} {
		if before[name] != after[name] {
			t.Errorf("%s: %s, then %s", name, before[name], after[name])
		}
	}
	s.Settled()
}

// What somebody else made anew with other values is not taken for ours.
func TestAPlainComposeUpWithOtherValuesIsNoticed(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  db: {image: "lab/service:1", environment: {WHO: "${WHO:-ours}"}, `+stacktest.Health+`}
`)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Write(strings.Replace(`
  db: {image: "lab/service:1", environment: {WHO: "${WHO:-ours}"}, `+stacktest.Health+`}
`, ":-ours", ":-theirs", 1))
	s.Compose("up", "-d")
	theirs := s.IDs()
	s.Write(`
  db: {image: "lab/service:1", environment: {WHO: "${WHO:-ours}"}, ` + stacktest.Health + `}
`)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	if after := s.IDs(); maps.Equal(theirs, after) {
		t.Errorf("still there: %v", after)
	}
}

func TestNothingToDoCallsNoSubprocess(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Chain)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Env = append(s.Env, "PATH="+filepath.Join(s.Dir, "nothing-here"))
	s.Settled()
}

func TestDownTakesVolumesOnlyWithAYes(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  db: {image: "lab/service:1", volumes: ["data:/data"], `+stacktest.Health+`}
volumes: {data: {}}
`)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Shows("infra:down -volumes", s.Down(infra.DownOptions{Volumes: true}))
	if len(s.IDs()) != 1 {
		t.Error("a refused down removed containers")
	}
	s.Shows("infra:down -volumes -dry", s.Down(infra.DownOptions{Volumes: true, Dry: true}))
	s.Down(infra.DownOptions{}).Want(t, failure.OK)
	if v, _ := s.Client.Volumes(t.Context(), s.Name); len(v) != 1 {
		t.Errorf("down without -volumes left volumes %v", v)
	}
	s.Down(infra.DownOptions{Volumes: true, Yes: true}).Want(t, failure.OK)
	if v, _ := s.Client.Volumes(t.Context(), s.Name); len(v) != 0 {
		t.Errorf("down -volumes left %v", v)
	}
}
