package dev

import (
	"os"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/develop"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/fingerprint"
)

// ruledCompose has the same builds as world's, and rules for one of them and for a
// service that is not built.
const ruledCompose = "services:\n  api:\n    image: team/api:dev\n    build: {context: ../api}\n    develop:\n      watch:\n" +
	"        - {action: rebuild, path: ../api/go.mod}\n        - {action: sync+restart, path: ../api, target: /app}\n" +
	"  cache:\n    image: redis:7\n    volumes: [\"../conf:/etc/cache\"]\n    develop: {watch: [{action: sync, path: ../conf, target: /etc/cache}, {action: restart, path: ../conf}]}\n"

func TestItIsSaidWhichRuleEachServiceGoesBy(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Write("compose/docker-compose.backend.yml", ruledCompose)
	d, out := watching(t, r, WatchOptions{})
	d.tellRules()
	said(t, out, "api    develop.watch: rebuild api/go.mod, sync+restart api to /app\n"+
		"warning: service cache: conf is bind-mounted at /etc/cache already, so nothing is sent there\n"+
		"cache  develop.watch: sync conf to /etc/cache, restart conf\n"+
		"page   rebuilt and restarted when what its image is made from changes\n")
}

func TestABuildIsMadeOnItsRuleAndNotOnOtherChanges(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Write("compose/docker-compose.backend.yml", ruledCompose)
	d, _ := watching(t, r, WatchOptions{Services: []string{"api", "cache"}})
	asked := func(want bool) {
		t.Helper()
		if d.ask(); d.asked()["api"] != want || d.builds() != want || d.replaced()["api"] != want {
			t.Errorf("asked %v", d.asked())
		}
	}
	asked(false)
	r.Write("api/a.txt", "two\n")
	asked(false)
	r.Write("api/go.mod", "module api\n")
	asked(true)
	asked(true)
	t.Log("page is built by our own rule, whatever api's says")
	d, _ = watching(t, r, WatchOptions{})
	if !d.asked()["page"] || d.asked()["api"] || !d.builds() || d.replaced()["page"] {
		t.Errorf("asked %v, replaced %v", d.asked(), d.replaced())
	}
}

func TestABuildOfAServiceWithoutRulesIsMadeOnAnyChangeThoughAnotherHasSome(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Write("compose/docker-compose.backend.yml", ruledCompose+"  worker: {image: \"team/api:worker\", build: {context: ../api}}\n")
	d, _ := watching(t, r, WatchOptions{})
	if len(d.world.needed) != 2 || !d.asked()["api"] {
		t.Errorf("%d builds, asked %v", len(d.world.needed), d.asked())
	}
}

func TestASectionThatChangesIsBuiltAndRulesAreReadAnew(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Write("compose/docker-compose.backend.yml", ruledCompose)
	d, _ := watching(t, r, WatchOptions{Services: []string{"api"}})
	had := map[string]int{}
	for key := range d.sends["api"].begun {
		had[key]++
	}
	r.Write("api/new.txt", "x\n")
	r.Write("compose/docker-compose.backend.yml", strings.Replace(ruledCompose, "target: /app}", "target: /app, ignore: [a.txt]}", 1))
	if _, ok := d.reload(t.Context(), nil); !ok || len(d.due) > 0 {
		t.Errorf("due %v", d.due)
	}
	for key, before := range d.sends["api"].begun {
		if had[key] == 0 {
			t.Errorf("%q began anew", key)
		}
		if _, there := before[r.Dir+"/api/new.txt"]; there {
			t.Error("what came with the change of the file is not sent")
		}
		if _, there := before[r.Dir+"/api/a.txt"]; there {
			t.Error("what is ignored now is a file of the rule")
		}
	}
	r.Write("compose/docker-compose.backend.yml", strings.Replace(ruledCompose, "context: ../api}", "context: ../api, args: {A: \"1\"}}", 1))
	if _, ok := d.reload(t.Context(), nil); !ok || !d.due["api"] {
		t.Errorf("due %v", d.due)
	}
}

func TestAWorldThatCannotBeWatchedIsNotTakenOver(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	d, out := watching(t, r, WatchOptions{Services: []string{"api"}})
	before := d.world
	r.Write("other/Dockerfile", "FROM scratch\n")
	r.Write("other/.dockerignore", "[\n")
	r.Write("compose/docker-compose.backend.yml", strings.Replace(backendCompose, "../api}", "../other}", 1))
	if _, ok := d.reload(t.Context(), nil); ok || d.world != before || !strings.Contains(out.String(), "the files changed → cannot be watched, so all goes on as before\nError: ") {
		t.Errorf("it says\n%s", out)
	}
	t.Log("once it can be, it is another still")
	r.Write("other/.dockerignore", "")
	if line, ok := d.reload(t.Context(), nil); !ok || line == nil || !d.due["api"] {
		t.Errorf("got %v, %t, due %v", line, ok, d.due)
	}
}

// What a rule owes is done once nothing is in the way any more, and no secret is
// told with it.
func TestARestartAndACommandAreOwedUntilTheyAreDone(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	r.Tool("docker", refuses...)
	r.Write("compose/docker-compose.backend.yml", "services:\n  cache:\n    image: postgres:16\n    environment: {DB_PASSWORD: gAwXq29fPzLk}\n    volumes: [\"../conf:/etc/cache\"]\n"+
		"    develop: {watch: [{action: sync+restart, path: ../conf, target: /etc/cache}, {action: sync+exec, path: ../conf, target: /etc/cache, exec: {command: [load, gAwXq29fPzLk]}}]}\n")
	r.Write("conf/a", "one\n")
	e.Containers = append(e.Containers, r.Container("cache", "postgres:16"))
	e.Exec = func(commandtest.Exec) (string, string, int) { return "it is gAwXq29fPzLk\n", "", 0 }
	d, out := watching(t, r, WatchOptions{Services: []string{"cache"}})
	d.deliver(t.Context(), true, nil)
	said(t, out, "")
	r.Write("conf/a", "other\n")
	d.deliver(t.Context(), false, nil)
	if text := out.String(); !strings.HasPrefix(text, "12:00:00 cache  conf/a changed → not restarted\nError: ") || len(e.Executed()) > 0 {
		t.Errorf("it says\n%s", text)
	}
	out.Reset()
	d.carry()
	d.deliver(t.Context(), false, nil)
	if text := out.String(); !strings.HasPrefix(text, "12:00:00 cache  tried again → not restarted\nError: ") || len(e.Executed()) > 0 {
		t.Errorf("it says\n%s", text)
	}
	out.Reset()
	d.sends["cache"].restart = false // as after a restart
	d.deliver(t.Context(), false, nil)
	if text := out.String(); !strings.HasPrefix(text, "12:00:00 cache  tried again → ran `load ") || strings.Contains(text, "gAwXq29fPzLk") || !strings.Contains(text, "\nit is ") || len(e.Executed()) != 1 {
		t.Errorf("it says\n%s", text)
	}
	out.Reset()
	d.deliver(t.Context(), false, nil)
	said(t, out, "")
}

func TestRulesThatCannotBeFollowedEndTheWatchBeforeItBegins(t *testing.T) {
	t.Parallel()
	for rule, says := range map[string]string{
		"{action: sync, path: ../api}":     "target is required",
		"{action: rebuild, path: ../api}":  "service cache: develop.watch has action rebuild, but there is no build section",
		"{action: anything, path: ../api}": "develop.watch",
	} {
		r, e := world(t)
		r.Write("compose/docker-compose.backend.yml", "services:\n  cache: {image: \"redis:7\", develop: {watch: ["+rule+"]}}\n")
		if r.Run(watchCall(WatchOptions{})).Want(t, failure.Preflight, says); e.Asked.Load() > 0 {
			t.Errorf("%s: the engine is asked", rule)
		}
	}
}

// With only sync rules nothing would ask for it again.
func TestABuildThatWasNeverMadeStaysDue(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Tool("docker", breaks("api"))
	r.Write("compose/docker-compose.backend.yml", strings.Replace(ruledCompose, "        - {action: rebuild, path: ../api/go.mod}\n", "", 1))
	d, out := watching(t, r, WatchOptions{Services: []string{"api"}})
	if goOn, err := d.beginBuilds(t.Context()); goOn || err != nil || !d.due["api"] {
		t.Errorf("%t, %v, due %v", goOn, err, d.due)
	}
	out.Reset()
	d.rebuildAll(t.Context(), nil)
	if text := out.String(); !strings.Contains(text, "build failed") || !d.due["api"] || !d.builds() {
		t.Errorf("due %v, it says\n%s", d.due, text)
	}
}

func TestWhatCouldNotBeReadIsNotHadAndToldOnce(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Write("compose/docker-compose.backend.yml", ruledCompose)
	d, out := watching(t, r, WatchOptions{Services: []string{"api"}})
	one := func(size int64) fingerprint.Status { return fingerprint.Status{Size: size} }
	now, was := develop.Tree{"a": one(2), "b": one(2), "c": one(2)}, develop.Tree{"a": one(1), "b": one(1)}
	unread := map[string]error{"b": os.ErrPermission, "c": os.ErrPermission}
	x := &turn{d: d, of: d.sends["api"], service: "api"}
	if got := x.lacks(now, was, unread); got["a"] != one(2) || got["b"] != one(1) || len(got) != 2 || len(now) != 3 {
		t.Errorf("got %v", got)
	}
	x.lacks(now, was, unread)
	said(t, out, "warning: service api: b is not sent until it can be read: permission denied\nwarning: service api: c is not sent until it can be read: permission denied\n")
}
