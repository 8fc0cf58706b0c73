package deploy_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// full has the tests of what must hold under load and after cuts run as often as
// the benchmarks say: mage bench asks for it.
var full = flag.Bool("full", false, "the counts of docs/benchmarks.md, which take an hour")

// often is how often a thing is done here, and for the benchmarks.
func often(here, there int) int {
	if *full {
		return there
	}
	return here
}

// figure is a line that mage bench reads.
func figure(t *testing.T, format string, args ...any) {
	t.Helper()
	t.Logf("figure: "+format, args...)
}

// crew is an application whose services say of which release they are, one behind
// the gateway and one that it asks.
const crew = `
  migrate:
    image: lab/service:1
    x-spellbook: {role: app, migration: {compatible: true}}
    command: [oneshot]
    environment: {EXIT_CODE: "${MIGRATE:-0}", RELEASE: "${COLOUR:-red}"}
  desk:
    image: lab/service:1
    x-spellbook: {role: app}
    environment: {RELEASE: "${COLOUR:-red}"}
    stop_grace_period: 1s
    restart: unless-stopped
    ` + oftenChecked + `
  api:
    image: lab/service:1
    x-spellbook: {role: app, gateway: {health: /release}}
    environment: {RELEASE: "${COLOUR:-red}", PEER: "desk:8080", BOOT: "${BOOT:-100ms}", CRASH_AFTER: "${CRASH:-}", UNHEALTHY: "${UNHEALTHY:-}"}
    ports: ["8000:8080"]
    stop_grace_period: 1s
    restart: unless-stopped
    ` + oftenChecked + `
    depends_on: {desk: {condition: service_healthy}, migrate: {condition: service_completed_successfully}}
`

// oftenChecked is a health check that soon says so where a service never gets ready.
const oftenChecked = `healthcheck: {test: [CMD, /service, health, tcp], interval: 1s, timeout: 5s, retries: 3}`

// current is the release that serves.
func (l *live) current() string {
	l.T.Helper()
	return strings.TrimSpace(l.server.Run("cat spellbook/shop/current"))
}

// noOrphans wants nothing on the server of a release that does not serve: no
// container, no network, and of one that is not kept no file and no image.
func (l *live) noOrphans() {
	l.T.Helper()
	looks := []string{"cat current", "docker ps -a --filter label=dev.spellbook.deploy.release --format {{.Names}}",
		"docker network ls --filter name=shop- --format {{.Name}}", "ls -A releases", "docker images --filter reference=spellbook/shop/api --format {{.Tag}}", "ls -A .spellbook",
		"find . -mindepth 1 -name '.*' ! -name .spellbook"}
	seen := strings.Split(l.server.Run("set -e; cd spellbook/shop; "+strings.Join(looks, "; echo --; ")), "--\n")
	current, containers, networks := strings.TrimSpace(seen[0]), strings.Fields(seen[1]), strings.Fields(seen[2])
	kept, images, lock, left := strings.Fields(seen[3]), strings.Fields(seen[4]), seen[5], seen[6]
	for _, name := range containers {
		if !strings.HasSuffix(name, current) && !strings.HasPrefix(name, "shop-spellbook-gateway") {
			l.T.Errorf("container %s is left, and %s serves", name, current)
		}
	}
	for _, name := range networks {
		if !strings.HasPrefix(name, "shop-"+current) {
			l.T.Errorf("network %s is left, and %s serves", name, current)
		}
	}
	if left != "" {
		l.T.Errorf("of writes that were cut short is left:\n%s", left)
	}
	for _, name := range images {
		if !slices.Contains(kept, name) {
			l.T.Errorf("image spellbook/shop/api:%s is left, and %v are kept", name, kept)
		}
	}
	if strings.Contains(lock, "lock") {
		l.T.Errorf("the lock is held: %s", lock)
	}
}

func TestReleasesUnderLoadThatFailOrAreCut(t *testing.T) {
	t.Parallel()
	l := newLive(t, "26", crew)
	theFirstIsKilledAtItsSwitch(t, l)
	l.then("leave the one before and nothing else", failedReleasesLeaveTheOneBefore)
	l.then("between the note and the switch are ended by the next", theProcessIsKilledBeforeTheSwitch)
}

func TestDeploymentsUnderLoadLoseNoRequestAndCutNoStreamBeforeItsTime(t *testing.T) {
	t.Parallel()
	l := newLive(t, "20.10", crew)
	l.deploy("COLOUR=n0").Want(t, failure.OK)
	o := l.load(6, time.Duration(often(15, 1))*time.Millisecond)
	for n := 1; n <= often(2, 20); n++ {
		before, now := fmt.Sprintf("n%d", n-1), fmt.Sprintf("n%d", n)
		streams := []*held{l.hold("/socket"), l.hold("/events")}
		l.deploy("COLOUR="+now).Want(t, failure.OK)
		for _, s := range streams {
			if s.release != before {
				t.Errorf("%s was of %s, before it was replaced %s served", s.path, s.release, before)
			}
			s.outlives(t, o.switchedTo(now), drain)
		}
		l.noOrphans()
	}
	if *full {
		for end := time.Now().Add(time.Hour); time.Now().Before(end); {
			if asked, _ := o.count(); asked >= 100_000 {
				break
			}
			time.Sleep(time.Second) // a slow machine has fewer in the same deployments
		}
	}
	o.end()
	asked, failed := o.count()
	if *full && asked < 100_000 {
		t.Errorf("%d requests, want 100,000", asked)
	}
	figure(t, "%d deployments under load: %d of %d requests failed, %d calls crossed releases", often(2, 20), failed, asked, len(o.crossed))
	o.none(t)
}

// failing are the ways of a release to fail, and what the environment says for it.
var failing = []struct {
	name    string
	environ []string
	says    string
}{
	{"never ready", []string{"UNHEALTHY=1"}, "api is not ready"},
	{"crashes after 1 s", []string{"BOOT=1h", "CRASH=1s"}, "the store is corrupt"},
	{"its migration fails", []string{"MIGRATE=3"}, "migrate"},
}

func failedReleasesLeaveTheOneBefore(t *testing.T, l *live) {
	good := l.current()
	o := l.load(4, time.Duration(often(15, 1))*time.Millisecond)
	for _, kind := range failing {
		for n := range often(1, 10) {
			l.deploy(append([]string{fmt.Sprintf("COLOUR=bad%d", n)}, kind.environ...)...).Want(t, failure.RolledBack).Says(t, kind.says, "release "+good+" serves, as before")
			l.serves(good)
			l.noOrphans()
		}
		asked, failed := o.count()
		figure(t, "%s, %d times: %d of %d requests failed", kind.name, often(1, 10), failed, asked)
		o.none(t)
	}
	l.environment("1m")
	defer l.environment("500ms")
	lost := 0
	for n := range often(1, 10) {
		lost += l.crash(o, good, fmt.Sprintf("fall%d", n))
	}
	o.end()
	asked, _ := o.count()
	figure(t, "crashes %s after the switch, %d times: %d requests of the crashed release failed, of %d", crashAfter(), often(1, 10), lost, asked)
}

// crashAfter is how long after the switch a release is to crash.
func crashAfter() time.Duration { return time.Duration(often(1, 5)) * time.Second }

// crash deploys a release whose api ends soon after the switch, and returns
// how many requests that lost: none but between its end and the switch back.
func (l *live) crash(o *load, good, colour string) int {
	l.T.Helper()
	ended := make(chan stacktest.Result, 1)
	go func() { ended <- l.deploy("COLOUR=" + colour) }()
	stacktest.Eventually(l.T, colour+" serves", func() bool { return !o.switchedTo(colour).IsZero() })
	time.Sleep(time.Until(o.switchedTo(colour).Add(crashAfter())))
	from := time.Now()
	l.server.Docker("kill", "shop-api-"+l.current())
	(<-ended).Want(l.T, failure.RolledBack).Says(l.T, "release "+good+" serves, as before")
	lost := o.onlyBetween(l.T, from, time.Now(), "")
	l.serves(good)
	l.noOrphans()
	return lost
}
