package deploy_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// places are those where a run is cut: these here, each line for the benchmarks.
func places(here ...string) []func(string) bool {
	var list []func(string) bool
	for _, words := range here {
		list = append(list, says(words))
	}
	if *full {
		list = nil
		for n := range 200 {
			list = append(list, after(n+1))
		}
	}
	return list
}

// rules is infrastructure that is given files of the repository.
const rules = `
  rules:
    image: lab/service:1
    environment: {BOOT: 100ms, SOCKET_ONLY_INIT: 100ms}
    volumes: [./rules:/rules:ro]
    restart: always
    ` + stacktest.Health + `
`

// A run is cut further on each time, so that each but the first begins where one
// was cut, and the last ends it.
func TestAnAdoptionThatIsKilledAnywhereIsEndedByTheNext(t *testing.T) {
	t.Parallel()
	l := newLive(t, "20.10", strings.Replace(books, "  api:\n", rules+"  api:\n", 1))
	l.File("compose/rules/rule.txt", "one\n")
	l.byHand()
	l.ofBooks("create table books (title text); insert into books values ('The Glass Bead Game')")
	db := l.server.Docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "shop-db-1")
	cuts := 0
	for _, place := range places("  created after", "its ports are the gateway's", "  watching ") {
		lines, was := l.cuttingOff(l.Mage("deploy:setup", "live", "-adopt", "-yes"), place, kill)
		if !was && *full {
			break
		}
		if !was {
			t.Fatalf("it was not cut:\n%s", strings.Join(lines, "\n"))
		}
		cuts++
		if status, _ := l.asked(); status != http.StatusOK && !strings.Contains(strings.Join(lines, "\n"), "its ports are the gateway's") {
			t.Errorf("before the ports change hands it answers %d", status)
		}
	}
	if len(l.server.Docker("ps", "-aq", "--filter", "name=shop-api-1")) > 0 {
		l.setup(deploy.SetupOptions{Adopt: true, Yes: true}).Want(t, failure.OK)
	}
	if got := l.server.Run("cat spellbook/shop/files/*/rules/rule.txt || true"); got != "one\n" { // of infrastructure that is written down last
		t.Errorf("the infrastructure was given %q", got)
	}
	l.answers(http.StatusOK, "ok")
	l.deploy().Want(t, failure.OK)
	if got := l.server.Run("cat spellbook/shop/files/*/rules/rule.txt || true"); got != "one\n" {
		t.Errorf("after that the infrastructure was given %q", got)
	}
	l.deploy().Want(t, failure.OK) // which forgets the releases that never served, once the log knows one that does
	l.deploy().Want(t, failure.OK).Says(t, "nothing to do")
	if now := l.server.Docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "shop-db-1"); now != db {
		t.Errorf("the database is another: %s, before that %s", now, db)
	}
	if got := l.ofBooks("select title from books"); got != "The Glass Bead Game" {
		t.Errorf("the database has %q", got)
	}
	if names := l.server.Docker("ps", "-a", "--format", "{{.Names}}"); strings.Contains(names, "shop-api-1\n") || strings.Contains(names, "shop-worker-1\n") {
		t.Errorf("of what ran by hand there is left\n%s", names)
	}
	l.noOrphans()
	t.Logf("cut at %d places", cuts)
}

// What must not run twice is started by the next run, and once.
func TestADeploymentOfWhatMustNotRunTwiceIsEndedByTheNextWhereverItIsKilled(t *testing.T) {
	t.Parallel()
	l := newLive(t, "26", clock)
	l.deploy().Want(t, failure.OK)
	for n, place := range places("it must not run twice", "clock  started") {
		colour := "k" + string(rune('a'+n%26))
		lines, was := l.cutting(colour, place, kill)
		if !was && *full {
			break
		}
		if !was {
			t.Fatalf("it was not cut:\n%s", strings.Join(lines, "\n"))
		}
		l.deploy("COLOUR="+colour).Want(t, failure.OK)
		l.serves(l.current())
		l.noOrphans()
		l.answersOK()
		if got := l.server.Docker("inspect", "--format", "{{.State.Status}} {{.HostConfig.RestartPolicy.Name}}", "shop-clock-"+l.current()); got != "running always\n" {
			t.Errorf("the clock is %s", got)
		}
		if running := l.server.Docker("ps", "-q", "--filter", "name=shop-clock-"); strings.Count(running, "\n") != 1 {
			t.Errorf("of the clock there run %s", running)
		}
	}
	l.ranOnce()
}

// ranOnce wants that no clock started before the one before had stopped.
func (l *live) ranOnce() {
	l.T.Helper()
	runs := false
	for line := range strings.Lines(l.server.Exec("cat", "/var/lib/docker/volumes/shop_log/_data/lines")) {
		if start := strings.HasPrefix(line, "start"); start == runs {
			l.T.Errorf("it ran twice, or stopped twice: %s", line)
		} else {
			runs = start
		}
	}
}
