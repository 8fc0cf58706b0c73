package deploy_test

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestWhatMustNotRunTwiceIsWaitedForByNothing(t *testing.T) {
	const scheduler = "  scheduler: {image: a, restart: always, x-spellbook: {role: app, rollout: stop-first}"
	for services, want := range map[string]string{
		scheduler + "}\n": "",
		scheduler + "}\n  api: {image: a, x-spellbook: {role: app, rollout: start-first}}\n":    "",
		"  db: {image: a, x-spellbook: {rollout: stop-first}, ports: [\"1:1\"]}\n":              "",
		"  api: {image: a, x-spellbook: {role: app, rollout: twice}}\n":                         "x-spellbook.rollout is twice",
		scheduler + ", ports: [\"1:1\"]}\n":                                                     "publishes a port",
		scheduler + "}\n  api: {image: a, x-spellbook: {role: app}, depends_on: [scheduler]}\n": "api depends on scheduler",
		"  job: {image: a, x-spellbook: {role: app, rollout: stop-first}}\n":                    "ends by itself",
	} {
		p := loaded(t, "name: shop\nservices:\n"+services)
		roles, err := deploy.Roles(p)
		if err != nil {
			t.Fatal(err)
		}
		all, err := deploy.Routes(p, roles, deploy.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		err = deploy.Rollouts(p, roles, all)
		if want == "" && err != nil || want != "" && (failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s\n%v", services, err)
		}
	}
}

func TestAModelIsTakenApartByWhatMustNotRunTwice(t *testing.T) {
	p := loaded(t, "name: shop\nservices:\n  scheduler: {image: a, depends_on: [api], x-spellbook: {role: app, rollout: stop-first}}\n  api: {image: a, x-spellbook: {role: app}}\n")
	roles, err := deploy.Roles(p)
	if err != nil {
		t.Fatal(err)
	}
	services, err := deploy.Services(p, roles, deploy.Server{Name: "live"}, map[string]string{"api": "sha256:a", "scheduler": "sha256:a"}, "r1")
	if err != nil {
		t.Fatal(err)
	}
	r := deploy.Release{ID: "r1", Services: services}
	model, err := deploy.YAML(deploy.AppModel(p, roles, r, deploy.Server{Name: "live"}))
	if err != nil {
		t.Fatal(err)
	}
	beside, err := deploy.BesideOthers(model, r)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := deploy.Alone(model, r)
	if err != nil {
		t.Fatal(err)
	}
	if got := loaded(t, string(beside)).Services(); strings.Join(got, " ") != "api" {
		t.Errorf("beside another release runs %v", got)
	}
	last := loaded(t, string(alone))
	if got := last.Services(); strings.Join(got, " ") != "scheduler" || len(last.Dependencies("scheduler")) > 0 {
		t.Errorf("alone runs %v", got)
	}
}
