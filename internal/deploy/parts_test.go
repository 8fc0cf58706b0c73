package deploy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/gateway"
)

func parsed(t *testing.T, text string) deploy.Model {
	t.Helper()
	m, err := deploy.ParseModel([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func all(string) bool { return true }

// marked is a model of one service with these variables, of which those whose name
// begins with S hold a secret.
func marked(t *testing.T, environment string) deploy.Model {
	t.Helper()
	text, err := deploy.MarkPlain([]byte("services:\n  api:\n    image: a\n    environment: {"+environment+"}\n"), deploy.Model{}, all,
		func(name, _ string) bool { return strings.HasPrefix(name, "S") })
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, string(text))
}

func TestAVariableIsToldWithItsValuesWhereBothModelsSayThatItIsNoSecret(t *testing.T) {
	was := marked(t, `A: "1", B: "2", C: "$$3", S: old, SGONE: old`)
	now := marked(t, `A: "1", B: "x", D: new, S: new`)
	want := []deploy.VariableChange{
		{Service: "api", Name: "B", Kind: deploy.VariableChanged, Old: "2", New: "x"},
		{Service: "api", Name: "C", Kind: deploy.VariableRemoved, Old: "$3"},
		{Service: "api", Name: "D", Kind: deploy.VariableAdded, New: "new"},
		{Service: "api", Name: "S", Kind: deploy.VariableChanged, Secret: true},
		{Service: "api", Name: "SGONE", Kind: deploy.VariableRemoved, Secret: true},
	}
	if got := deploy.Variables(was, now); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	was.Plain = nil // written before it was noted
	for _, v := range deploy.Variables(was, now) {
		if !v.Secret && v.Kind != deploy.VariableAdded {
			t.Errorf("%+v is told, and nobody said that it is no secret", v)
		}
	}
	if got := deploy.Variables(deploy.Model{}, now); got != nil {
		t.Errorf("of a service that is new: %+v", got)
	}
}

const before = `
name: shop-r1
services:
  api: {image: "spellbook/shop/api:r1", container_name: shop-api-r1, labels: {dev.spellbook.deploy.release: r1}, environment: {A: "$$1"}}
  worker: {image: "spellbook/shop/worker:r1", container_name: shop-worker-r1, labels: {dev.spellbook.deploy.release: r1}, depends_on: {api: {condition: service_started}}}
  migrate: {image: "spellbook/shop/migrate:r1", labels: {dev.spellbook.deploy.release: r1}}
configs: {c: {file: /files/1/c}}
`

const after = `
name: shop-r2
services:
  api: {image: "spellbook/shop/api:r2", container_name: shop-api-r2, labels: {dev.spellbook.deploy.release: r2}, environment: {A: "$$2"}}
  worker: {image: "spellbook/shop/worker:r2", labels: {dev.spellbook.deploy.release: r2}, environment: {B: x}}
  page: {image: "spellbook/shop/page:r2", depends_on: {other: {condition: service_started}}}
configs: {c: {file: /files/1/c}}
`

func TestAReleaseOfSomeServicesHasTheOthersAsTheyWere(t *testing.T) {
	from := deploy.Release{ID: "r1", Project: "shop", Services: map[string]deploy.Service{"api": {Digest: "1", Hash: "1"}, "worker": {Digest: "1", Hash: "1"},
		"migrate": {Digest: "1", OneShot: true}}, Files: map[string]string{"a": "1", "b": "1"},
		Routes: []deploy.Published{{Route: gateway.Route{Service: "api", Port: 80}}, {Route: gateway.Route{Service: "worker", Port: 81}}}}
	to := deploy.Release{ID: "r2", Project: "shop", Services: map[string]deploy.Service{"api": {Digest: "2", Hash: "2", Image: "spellbook/shop/api:r2"}, "worker": {Digest: "2", Hash: "2"}, "page": {}},
		Files: map[string]string{"a": "2"}, Routes: []deploy.Published{{Route: gateway.Route{Service: "api", Port: 90}}}}
	take := func(name string) bool { return name == "api" }
	kept := func(name string) bool { return name != "api" }

	r := to.Keeping(from, take)
	if s := r.Services; len(s) != 3 || s["api"].Digest != "2" || s["worker"].Digest != "1" || s["worker"].Image != "spellbook/shop/worker:r2" || !s["migrate"].Compatible {
		t.Errorf("its services are %+v", s)
	}
	if len(r.Routes) != 2 || r.Routes[0].Port != 90 || r.Routes[1].Port != 81 {
		t.Errorf("its routes are %+v", r.Routes)
	}
	if r.Files["a"] != "2" || r.Files["b"] != "1" || !slices.Equal(r.KeptFiles, []string{"1"}) {
		t.Errorf("its files are %v and %v", r.Files, r.KeptFiles)
	}

	mixed, err := deploy.Mix([]byte(after), []byte(before), take)
	if err != nil {
		t.Fatal(err)
	}
	if mixed, err = r.Rename(mixed, kept); err != nil {
		t.Fatal(err)
	}
	m := parsed(t, string(mixed))
	if m.Services["worker"].Image != "spellbook/shop/worker:r2" || m.Services["worker"].Labels[deploy.LabelRelease] != "r2" || m.Services["worker"].Environment != nil {
		t.Errorf("worker is %+v", m.Services["worker"])
	}
	if *m.Services["api"].Environment["A"] != "$2" || len(m.Services) != 3 || !strings.Contains(string(mixed), "shop-worker-r2") || !strings.Contains(string(mixed), "$$2") {
		t.Errorf("the model is\n%s", mixed)
	}
	starts, err := deploy.WithoutThose(mixed, r, kept)
	if err != nil {
		t.Fatal(err)
	}
	if _, runs := parsed(t, string(starts)).Services["migrate"]; runs {
		t.Error("what ran once runs again")
	}
}

func TestServicesThatCannotStayAsTheyWereAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ take, was, want string }{
		"one depends on what is not there":  {"page", before, "service page depends on other"},
		"one has another file of that name": {"api", strings.Replace(before, "/files/1/c", "/files/2/c", 1), "c in configs is another"},
	} {
		_, err := deploy.Mix([]byte(after), []byte(c.was), func(service string) bool { return service == c.take })
		if failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatTheApplicationNeedsIsFoundThroughOthers(t *testing.T) {
	p := loaded(t, "name: shop\nservices:\n  db: {image: a}\n  cache: {image: a, depends_on: [db]}\n  other: {image: a}\n  api: {build: .., depends_on: [cache]}\n  page: {build: .., depends_on: [other]}\n")
	roles, err := deploy.Roles(p)
	if err != nil {
		t.Fatal(err)
	}
	needed := deploy.Needed(p, roles, deploy.Of(roles, deploy.App), func(name string) bool { return name == "api" })
	if len(needed) != 2 || !needed["db"] || !needed["cache"] {
		t.Errorf("it is %v", needed)
	}
}
