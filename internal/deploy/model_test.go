package deploy_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

const shop = `
name: shop
services:
  postgres:
    image: postgres:16
    environment: {POSTGRES_PASSWORD: "pa$$$$word"}
    ports: ["127.0.0.1:5432:5432"]
    volumes: [data:/var/lib/postgresql/data, ./init:/docker-entrypoint-initdb.d:ro, /etc/hosts:/etc/hosts:ro]
    networks: [back]
    restart: always
  migrate:
    image: shop/api
    build: ..
    command: [migrate]
    networks: [back]
    depends_on: {postgres: {condition: service_healthy}}
  api:
    image: shop/api
    build: ..
    ports: ["8000:8000"]
    volumes: [uploads:/uploads]
    networks: {back: {aliases: [gateway.internal]}}
    restart: unless-stopped
    depends_on: {postgres: {condition: service_healthy}, migrate: {condition: service_completed_successfully}}
    configs: [settings]
    labels: {team: shop}
  agent:
    image: third/party
    x-spellbook: {role: app}
    network_mode: none
networks: {back: {driver: bridge}}
volumes: {data: {}, uploads: {}}
configs: {settings: {file: ./settings.json}}
`

// loaded is a project of a directory, which two laptops have in two places.
func loaded(t *testing.T, text string, variables ...string) *project.Project {
	t.Helper()
	root := t.TempDir()
	for name, content := range map[string]string{"compose/docker-compose.yml": text, "compose/init/a.sql": "select 1", "compose/settings.json": "{}"} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := project.Load(t.Context(), project.Layout{Root: root}, project.Options{Environ: variables})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// models are what a server gets of a project.
func models(t *testing.T, p *project.Project) (infra, app string) {
	t.Helper()
	roles, err := deploy.Roles(p)
	if err != nil {
		t.Fatal(err)
	}
	sources, err := deploy.Sources(p, p.Services())
	if err != nil {
		t.Fatal(err)
	}
	on := deploy.Server{Name: "live", Files: map[string]string{}}
	for i, path := range sources {
		on.Files[path] = []string{"/srv/live/files/1/init", "/srv/live/files/2/settings.json"}[i]
	}
	services, err := deploy.Services(p, roles, on, map[string]string{"migrate": "sha256:a", "api": "sha256:a", "agent": "sha256:b"}, "r1")
	if err != nil {
		t.Fatal(err)
	}
	r := deploy.Release{ID: "r1", Services: services}
	stack, err := deploy.InfraModel(p, roles, on, map[string]string{"postgres": "spellbook/live/postgres:0123456789ab"})
	if err != nil {
		t.Fatal(err)
	}
	one, err := deploy.YAML(stack)
	if err != nil {
		t.Fatal(err)
	}
	two, err := deploy.YAML(deploy.AppModel(p, roles, r, on))
	if err != nil {
		t.Fatal(err)
	}
	return string(one), string(two)
}

func TestTheModelsOfAServer(t *testing.T) {
	infra, app := models(t, loaded(t, shop))
	for name, got := range map[string]string{"testdata/infra.yml": infra, "testdata/app.yml": app} {
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(name); err != nil || string(want) != got {
			t.Errorf("%s (UPDATE=1 writes it): %v\n%s", name, err, got)
		}
	}
}

func TestTwoLaptopsDeployTheSame(t *testing.T) {
	infra, app := models(t, loaded(t, shop))
	infra2, app2 := models(t, loaded(t, shop))
	if infra != infra2 || app != app2 {
		t.Errorf("the directory shows in\n%s\n%s", infra2, app2)
	}
}

// What a server gets is read by Compose again, and comes to what it was.
func TestAModelIsReadAsItWasWritten(t *testing.T) {
	infra, app := models(t, loaded(t, shop))
	p := loaded(t, infra)
	if got := *p.Model.Services["postgres"].Environment["POSTGRES_PASSWORD"]; got != "pa$$word" {
		t.Errorf("the password came to %q", got)
	}
	r := loaded(t, app)
	if r.Name != "live-r1" || len(r.Services()) != 3 {
		t.Errorf("%s has %v", r.Name, r.Services())
	}
	if on := r.Dependencies("api"); len(on) != 1 || on[0].On != "migrate" {
		t.Errorf("api waits for %v", on)
	}
}

// A secret of a variable is what the variable holds here, wherever Compose reads it.
func TestASecretOfAVariableIsSentWithItsContent(t *testing.T) {
	text := shop + `secrets: {token: {environment: TOKEN}, none: {environment: EMPTY}, file: {file: ./settings.json}}` + "\n"
	text = strings.Replace(text, "configs: [settings]", "configs: [settings, off]\n    secrets: [token, none, file, {source: token, target: other}, {source: token, target: /etc/token}]", 1)
	text = strings.Replace(text, "configs: {", `configs: {off: {content: "${EMPTY}"}, `, 1)
	_, app := models(t, loaded(t, text, "TOKEN=pa$word", "EMPTY="))
	p := loaded(t, app)
	api := p.Model.Services["api"]
	got := map[string]string{}
	for _, c := range api.Configs {
		got[c.Target] = p.Model.Configs[c.Source].Content
	}
	for _, c := range api.Secrets {
		got[c.Target] = p.Model.Secrets[c.Source].File
	}
	want := map[string]string{"": "", "/run/secrets/token": "pa$word", "/run/secrets/other": "pa$word", "/etc/token": "pa$word",
		"/run/secrets/file": "/srv/live/files/2/settings.json"}
	if !maps.Equal(got, want) {
		t.Errorf("got %q\n%s", got, app)
	}
}

// A service whose secret or inline config has another content is made anew, of whose model
// nothing else has changed.
func TestAnotherContentIsAnotherService(t *testing.T) {
	text := shop + "secrets: {token: {environment: TOKEN}}\n"
	text = strings.Replace(text, "configs: [settings]", "configs: [settings, text]\n    secrets: [token]", 1)
	text = strings.Replace(text, "configs: {", `configs: {text: {content: "${TEXT}"}, `, 1)
	hashes, agent := map[string]string{}, []string(nil)
	for _, variables := range [][]string{{"TOKEN=one", "TEXT=one"}, {"TOKEN=two", "TEXT=one"}, {"TOKEN=one", "TEXT=two"}} {
		p := loaded(t, text, variables...)
		roles, err := deploy.Roles(p)
		if err != nil {
			t.Fatal(err)
		}
		services, err := deploy.Services(p, roles, deploy.Server{Name: "live"}, nil, "r1")
		if err != nil {
			t.Fatal(err)
		}
		if same := hashes[services["api"].Hash]; same != "" {
			t.Errorf("api is the same with %s and %s", same, variables)
		}
		hashes[services["api"].Hash] = strings.Join(variables, " ")
		if agent = append(agent, services["agent"].Hash); agent[0] != services["agent"].Hash {
			t.Errorf("agent, which has neither, is another with %s", variables)
		}
	}
}

func TestVolumesOfTheApplicationAreMadeForIt(t *testing.T) {
	p := loaded(t, shop)
	roles, err := deploy.Roles(p)
	if err != nil {
		t.Fatal(err)
	}
	if got := deploy.Volumes(p, roles, deploy.Server{Name: "live"}); strings.Join(got, " ") != "live_uploads" {
		t.Errorf("got %v", got)
	}
}

func TestInfrastructureThatNeedsTheApplicationIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"services:\n  db: {image: a, depends_on: [api]}\n  api: {build: ..}\n": "service db is infrastructure and depends on api",
		"services:\n  db: {image: a, x-spellbook: {role: database}}\n":         "service db: x-spellbook.role is database",
		"services:\n  db: {provider: {type: awesomecloud}}\n":                  "service db is what its provider awesomecloud makes on this machine",
	} {
		_, err := deploy.Roles(loaded(t, "name: shop\n"+text))
		if failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v", err)
		}
	}
}

func TestAReleaseHasANameForProjectsAndTags(t *testing.T) {
	at := time.Date(2026, 11, 30, 21, 1, 2, 0, time.UTC)
	services := map[string]deploy.Service{"api": {Digest: "sha256:a"}}
	id, err := deploy.NewID(at, "3f2c1ab9e107d9d", services, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(id, "20261130-210102-3f2c1ab-") || len(id) != len("20261130-210102-3f2c1ab-")+8 {
		t.Errorf("it is %s", id)
	}
	services["api"] = deploy.Service{Digest: "sha256:b"}
	if other, _ := deploy.NewID(at, "3f2c1ab9e107d9d", services, nil); other == id {
		t.Error("another image, and the same name")
	}
}

func TestOneServerIsNamed(t *testing.T) {
	for host, want := range map[string]string{"": "is not set", "a,b": "several servers", "a b": "several servers", "-oProxyCommand=x": "no name of a server", "me@there:22": "", "there": ""} {
		err := deploy.CheckHost(host)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", host, err)
		}
	}
}
