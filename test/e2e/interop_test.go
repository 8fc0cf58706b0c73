package e2e_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
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
    ` + health + `
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
	s.env = append(s.env, "TOKEN=canary")
	s.up(infra.UpOptions{}).want(t, failure.OK)
	before := s.ids()
	if len(before) != 4 {
		t.Fatalf("containers: %v", before)
	}
	s.compose("up", "-d")
	if after := s.ids(); !equal(before, after) {
		t.Errorf("before %v, after %v", before, after)
	}
	if got := cli(t, "exec", s.name+"-web-1", "cat", "/etc/inline.conf", "/run/secrets/token", "/tmp/hook"); got != "hello youcanaryhooked\n" {
		t.Errorf("inline config, secret and hook: %q", got)
	}
}

func TestOursAfterAPlainComposeUpAdoptsWhatIsThere(t *testing.T) {
	t.Parallel()
	s := newStack(t, chain)
	s.compose("up", "-d", "--wait-timeout", "60")
	before := s.ids()
	s.up(infra.UpOptions{}).want(t, failure.OK)
	after := s.ids()
	for _, name := range []string{s.name + "-db-1", s.name + "-api-1"} {
		if before[name] != after[name] {
			t.Errorf("%s: %s, then %s", name, before[name], after[name])
		}
	}
	if r := s.up(infra.UpOptions{}).want(t, failure.OK); !strings.Contains(r.out, "nothing to do") {
		t.Errorf("the second up did something:\n%s", r.all())
	}
}

// What somebody else made anew with other values is not taken for ours.
func TestAPlainComposeUpWithOtherValuesIsNoticed(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  db: {image: "lab/service:1", environment: {WHO: "${WHO:-ours}"}, `+health+`}
`)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.write(strings.Replace(`
  db: {image: "lab/service:1", environment: {WHO: "${WHO:-ours}"}, `+health+`}
`, ":-ours", ":-theirs", 1))
	s.compose("up", "-d")
	theirs := s.ids()
	s.write(`
  db: {image: "lab/service:1", environment: {WHO: "${WHO:-ours}"}, ` + health + `}
`)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	if after := s.ids(); equal(theirs, after) {
		t.Errorf("still there: %v", after)
	}
}

func TestNothingToDoCallsNoSubprocess(t *testing.T) {
	t.Parallel()
	s := newStack(t, chain)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.env = append(s.env, "PATH="+filepath.Join(s.dir, "nothing-here"))
	if r := s.up(infra.UpOptions{}).want(t, failure.OK); !strings.Contains(r.out, "nothing to do") {
		t.Errorf("got\n%s", r.all())
	}
}

func TestDownTakesVolumesOnlyWithAYes(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  db: {image: "lab/service:1", volumes: ["data:/data"], `+health+`}
volumes: {data: {}}
`)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	refused := s.down(infra.DownOptions{Volumes: true}).want(t, failure.Refused)
	s.transcript("down-volumes-refused", refused.all())
	if len(s.ids()) != 1 {
		t.Error("a refused down removed containers")
	}
	s.transcript("down-dry", s.down(infra.DownOptions{Volumes: true, Dry: true}).want(t, failure.OK).all())
	s.down(infra.DownOptions{}).want(t, failure.OK)
	if v, _ := s.client.Volumes(t.Context(), s.name); len(v) != 1 {
		t.Errorf("down without -volumes left volumes %v", v)
	}
	s.down(infra.DownOptions{Volumes: true, Yes: true}).want(t, failure.OK)
	if v, _ := s.client.Volumes(t.Context(), s.name); len(v) != 0 {
		t.Errorf("down -volumes left %v", v)
	}
}
