package deploy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/gateway"
	"github.com/infinitescribe/spellbook/internal/project"
)

// api is a project whose one service says more of itself.
func api(t *testing.T, more string) *project.Project {
	t.Helper()
	return loaded(t, "name: shop\nservices:\n  api: {image: a, x-spellbook: {role: app}, "+more+"}\n")
}

func routes(t *testing.T, p *project.Project, s deploy.Settings) ([]deploy.Published, error) {
	t.Helper()
	roles, err := deploy.Roles(p)
	if err != nil {
		t.Fatal(err)
	}
	return deploy.Routes(p, roles, s)
}

func TestAServiceIsBehindTheGatewayByItsPorts(t *testing.T) {
	p := loaded(t, `
name: shop
services:
  api: {image: a, ports: ["127.0.0.1:8000:8080", "9000:9000/udp", "7000"], x-spellbook: {role: app, gateway: {health: /health, path: /api}}}
  worker: {image: a, x-spellbook: {role: app}}
  db: {image: a, ports: ["5432:5432"]}
`)
	all, err := routes(t, p, deploy.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	want := gateway.Route{Service: "api", Port: 8000, Bind: "127.0.0.1", Path: "/api", Health: "/health"}
	if len(all) != 1 || all[0].Route != want || all[0].Target != 8080 {
		t.Errorf("got %+v", all)
	}
	if at := deploy.Addresses(all, "live", "r1"); at["api-8000"] != "live-api-r1:8080" {
		t.Errorf("it is reached at %v", at)
	}
	if all, err = routes(t, p, deploy.Settings{Bind: "0.0.0.0"}); err != nil || all[0].Bind != "0.0.0.0" {
		t.Errorf("DEPLOY_BIND: %+v, %v", all, err)
	}
	if left := deploy.NotAmong(all, nil); len(left) != 1 || left[0] != "api-8000" {
		t.Errorf("a gateway without routes lacks %v", left)
	}
}

func TestWhatAGatewayCannotHaveIsRefused(t *testing.T) {
	for more, want := range map[string]string{
		`ports: ["8000-8001:8000"]`:                                          "publishes the ports 8000-8001",
		`ports: ["8000:8000"], deploy: {replicas: 2}`:                        "has 2 replicas",
		`ports: ["8000:8000"], x-spellbook: {gateway: {a: b}, role: app}`:    "x-spellbook.gateway has no a",
		`ports: ["8000:8000"], x-spellbook: {gateway: on, role: app}`:        "x-spellbook.gateway is no mapping",
		`ports: ["8000:8000"], x-spellbook: {gateway: {path: 1}, role: app}`: "x-spellbook.gateway.path is 1",
	} {
		more = strings.TrimSpace(more)
		text := "name: shop\nservices:\n  api: {image: a, " + more + "}\n"
		if !strings.Contains(more, "x-spellbook") {
			text = "name: shop\nservices:\n  api: {image: a, x-spellbook: {role: app}, " + more + "}\n"
		}
		_, err := routes(t, loaded(t, text), deploy.Settings{})
		if failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", more, err)
		}
	}
}

func TestSettingsAreReadFromTheEnvironment(t *testing.T) {
	for variables, want := range map[string]string{
		"DEPLOY_HOST=there":                                  "",
		"DEPLOY_HOST=there DEPLOY_KEEP=0":                    "DEPLOY_KEEP=0 is not valid",
		"DEPLOY_HOST=there DEPLOY_DRAIN=soon":                "DEPLOY_DRAIN=soon is not valid",
		"DEPLOY_HOST=there DEPLOY_WATCH=-1s":                 "DEPLOY_WATCH=-1s is not valid",
		"DEPLOY_HOST=there DEPLOY_NAME=Shop":                 "DEPLOY_NAME=Shop is not valid",
		"DEPLOY_HOST=there DEPLOY_NAME=x DEPLOY_WATCH=1m30s": "",
	} {
		p := api(t, `ports: ["8000:8000"]`)
		p, err := project.Load(t.Context(), p.Layout, project.Options{Environ: strings.Fields(variables)})
		if err != nil {
			t.Fatal(err)
		}
		s, err := deploy.ReadSettings(p)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", variables, err)
		}
		if err == nil && s.Name == "shop" && (s.Path != "spellbook/shop" || s.Keep != 5 || s.Watch != 15*time.Second || s.Drain != 30*time.Second) {
			t.Errorf("by default: %+v", s)
		}
	}
}

func TestARestoredReleaseRunsNothingOnceMore(t *testing.T) {
	_, app := models(t, loaded(t, shop))
	r := deploy.Release{ID: "r1", Services: map[string]deploy.Service{"migrate": {OneShot: true}, "api": {}, "agent": {}}}
	text, err := deploy.WithoutOneShots([]byte(app), r)
	if err != nil {
		t.Fatal(err)
	}
	p := loaded(t, string(text))
	if got := strings.Join(p.Services(), " "); got != "agent api" {
		t.Errorf("it has %s", got)
	}
	if on := p.Dependencies("api"); len(on) != 0 {
		t.Errorf("api waits for %v", on)
	}
}
