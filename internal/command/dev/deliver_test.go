package dev

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// ruledCompose has the same builds as world's, and rules for one of them and for a
// service that is not built.
const ruledCompose = "services:\n  api:\n    image: team/api:dev\n    build: {context: ../api}\n    develop:\n      watch:\n" +
	"        - {action: rebuild, path: ../api/go.mod}\n        - {action: sync+restart, path: ../api, target: /app}\n" +
	"  cache:\n    image: redis:7\n    volumes: [\"../conf:/etc/cache\"]\n    develop: {watch: [{action: sync, path: ../conf, target: /etc/other}, {action: restart, path: ../conf}]}\n"

func TestItIsSaidWhichRuleEachServiceGoesBy(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Write("compose/docker-compose.backend.yml", ruledCompose)
	d, out := watching(t, r, WatchOptions{})
	d.tellRules()
	said(t, out, "api    develop.watch: rebuild api/go.mod, sync+restart api to /app\n"+
		"warning: service cache: conf is bind-mounted at /etc/cache already, so nothing is sent there\n"+
		"cache  develop.watch: sync conf to /etc/other, restart conf\n"+
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
