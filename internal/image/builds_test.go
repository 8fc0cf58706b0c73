package image_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// loaded is the project of one Compose file.
func loaded(t *testing.T, text string, shell ...string) *project.Project {
	t.Helper()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "compose"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "compose", "docker-compose.yml"), []byte("name: shop\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := project.Load(t.Context(), project.Layout{Root: root}, project.Options{Environ: shell, Profiles: []string{"*"}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func built(t *testing.T, text string, shell ...string) []plan.Build {
	t.Helper()
	list, err := image.Builds(loaded(t, text, shell...))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestServicesOfEqualDefinitionsAreOneBuildWithSeveralTags(t *testing.T) {
	list := built(t, `
x-build: &build {context: .., args: {A: "1"}, target: run}
services:
  web: {image: shop/backend:dev, build: *build}
  agent: {image: shop/agent:dev, build: *build, profiles: [agents]}
  other: {build: {context: .., args: {A: "2"}, target: run}}
  database: {image: postgres}
`)
	if len(list) != 2 {
		t.Fatalf("%d builds", len(list))
	}
	first, second := list[0], list[1]
	if got := strings.Join(first.Services, " "); first.Name != "agent" || got != "agent web" {
		t.Errorf("%s is of %s", first.Name, got)
	}
	if got := strings.Join(first.Tags, " "); got != "shop/agent:dev shop/backend:dev" {
		t.Errorf("tags %s", got)
	}
	if got := strings.Join(second.Tags, " "); got != "shop-other:latest" {
		t.Errorf("a service without an image is called as Compose calls it, not %s", got)
	}
	if second.Dockerfile != filepath.Join(second.Context, "Dockerfile") {
		t.Errorf("dockerfile %s of context %s", second.Dockerfile, second.Context)
	}
}

func TestASelectionTagsItsOwnImagesAlone(t *testing.T) {
	p := loaded(t, `
services:
  a: {image: shop/a, build: ..}
  b: {image: shop/b, build: ..}
`)
	all, err := image.Builds(p)
	if err != nil {
		t.Fatal(err)
	}
	list, err := image.Select(p, all, []string{"b"})
	if err != nil || len(list) != 1 || list[0].Name != "a" || strings.Join(list[0].Tags, " ") != "shop/b:latest" {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := image.Select(p, all, []string{"c"}); failure.CodeOf(err) != failure.Usage || !strings.Contains(err.Error(), "a, b") {
		t.Errorf("an unknown service: %v", err)
	}
}

func TestAContextThatIsAnotherServiceNamesThatBuild(t *testing.T) {
	list := built(t, `
services:
  base.one: {build: ../base}
  base.two: {build: ../base}
  web: {build: {context: .., additional_contexts: {base: "service:base.two", files: ../files, image: "docker-image://alpine:3"}}}
`)
	web := list[1]
	if web.Contexts["base"] != "target:base_one" || web.Contexts["image"] != "docker-image://alpine:3" || !filepath.IsAbs(web.Contexts["files"]) {
		t.Errorf("contexts %v", web.Contexts)
	}
	if links := image.Links(web); len(links) != 1 || links[0] != "base_one" {
		t.Errorf("links %v", links)
	}
}

// What is wrong with a name matters to those who choose that service.
func TestAnImageThatIsBuiltHasNoDigest(t *testing.T) {
	p := loaded(t, `
services:
  web: {image: "shop/web@sha256:`+strings.Repeat("a", 64)+`", build: ..}
  job: {image: shop/job, build: ../job}
  tool: {build: .., profiles: [tools]}
`)
	all, err := image.Builds(p)
	if err != nil || image.KeyTag(all[1], "k") != "shop-tool:k" {
		t.Fatal(err, all)
	}
	if _, err := image.Select(p, all, []string{"web"}); failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), "image: shop/web") {
		t.Errorf("got %v", err)
	}
	if list, err := image.Select(p, all, []string{"job", "tool"}); err != nil || len(list) != 2 {
		t.Errorf("the others: %v, %v", list, err)
	}
}

func TestThoseOfAnActiveProfileAreMeant(t *testing.T) {
	const text = `
services:
  web: {build: ..}
  tool: {build: .., profiles: [tools, debug]}
  job: {build: .., profiles: [jobs]}
`
	for profiles, want := range map[string]string{"": "web", "tools": "tool web", "jobs, debug": "job tool web", "*": "job tool web", "none": "web"} {
		if got := strings.Join(image.Active(loaded(t, text, "COMPOSE_PROFILES="+profiles), []string{"job", "tool", "web"}), " "); got != want {
			t.Errorf("%q: %s, want %s", profiles, got, want)
		}
	}
}

func TestEveryKeyOfASectionIsInTheBuild(t *testing.T) {
	list := built(t, `
secrets:
  token: {environment: TOKEN}
  netrc: {file: ./netrc}
services:
  web:
    build:
      context: ..
      dockerfile_inline: FROM scratch
      args: {GIVEN: "1", FROM_SHELL: null, UNSET: null}
      labels: {a: b}
      secrets: [token, {source: netrc, target: rc}]
      ssh: [default]
      cache_from: [shop/web:cache]
      cache_to: [type=inline]
      platforms: [linux/amd64]
      network: host
      extra_hosts: ["a:1.2.3.4"]
      shm_size: 64mb
      ulimits: {nproc: 10, nofile: {soft: 1, hard: 2}, memlock: -1, core: {soft: 0, hard: -1}}
      entitlements: [network.host]
      privileged: true
      pull: true
      no_cache: true
      no_cache_filter: [run, test]
      provenance: "false"
      sbom: "true"
      tags: [shop/web:extra]
`, "FROM_SHELL=two", "TOKEN=x")
	b := list[0]
	want := plan.Build{Name: "web", Services: []string{"web"}, Context: b.Context, Inline: "FROM scratch", Network: "host",
		ShmSize: 64 << 20, Privileged: true, Pull: true, NoCache: true, Provenance: "false", SBOM: "true"}
	if b.Name != want.Name || b.Inline != want.Inline || b.Dockerfile != "" || b.Network != want.Network || b.ShmSize != want.ShmSize ||
		!b.Privileged || !b.Pull || !b.NoCache || b.Provenance != want.Provenance || b.SBOM != want.SBOM {
		t.Errorf("%+v", b)
	}
	if len(b.Args) != 2 || b.Args["FROM_SHELL"] != "two" {
		t.Errorf("args %v", b.Args)
	}
	if len(b.Secrets) != 2 || b.Secrets[0] != (plan.BuildSecret{ID: "token", Env: "TOKEN"}) || b.Secrets[1].ID != "rc" || filepath.Base(b.Secrets[1].File) != "netrc" {
		t.Errorf("secrets %v", b.Secrets)
	}
	for what, got := range map[string]string{
		"ssh default": strings.Join(b.SSH, " "), "cache shop/web:cache type=inline": "cache " + b.CacheFrom[0] + " " + b.CacheTo[0],
		"core=0:-1 memlock=-1 nofile=1:2 nproc=10": strings.Join(b.Ulimits, " "), "shop-web:latest shop/web:extra": strings.Join(b.Tags, " "),
		"run test": strings.Join(b.Uncached, " "), "linux/amd64 network.host 1.2.3.4 b": b.Platforms[0] + " " + b.Entitled[0] + " " + b.ExtraHosts["a"][0] + " " + b.Labels["a"],
	} {
		if strings.TrimPrefix(what, "ssh ") != got {
			t.Errorf("got %q, want %q", got, what)
		}
	}
}

// A declared secret is refused where it is interpolated. The same letters in
// another value are none, and what only sounds like a secret is a warning.
func TestASecretIsNoArgument(t *testing.T) {
	for name, c := range map[string]struct{ section, refused, warned string }{
		"interpolated":               {`args: {URL: "postgres://u:${DB_PASSWORD}@db"}`, "argument URL holds the secret DB_PASSWORD", ""},
		"a short one":                {`args: {COLOUR: "${PIN_SECRET}"}`, "argument COLOUR holds the secret PIN_SECRET", ""},
		"made of one in .env":        {`args: {COLOUR: "${MADE_OF}"}`, "argument COLOUR holds the secret DB_PASSWORD", ""},
		"of Compose's secrets":       {`args: {COLOUR: "${HANDED_OUT}"}`, "argument COLOUR holds the secret HANDED_OUT", ""},
		"a label":                    {`labels: {x: "${PIN_SECRET}"}`, "label x holds the secret PIN_SECRET", ""},
		"the same letters":           {`args: {NODE_ENV: test, BASE_IMAGE: "postgres:16", "ENV": "${NODE_ENV}"}, labels: {stage: test}`, "", ""},
		"by its name":                {`args: {NPM_TOKEN: "${NPM_TOKEN}"}`, "", "argument NPM_TOKEN has a name that sounds like a secret's"},
		"by its form":                {`args: {TEXT: "a ghp_abcdefghijklmnopqrstuvwx"}`, "", "argument TEXT has what looks like a secret"},
		"of a browser":               {`args: {NEXT_PUBLIC_MAPS_KEY: abcdef}`, "", "argument NEXT_PUBLIC_MAPS_KEY has a name"},
		"a public key":               {`args: {SIGNING_PUBLIC_KEY: abcdef}`, "", "argument SIGNING_PUBLIC_KEY has a name"},
		"a path":                     {`args: {TOKEN_FILE: /run/x, TOKEN_URL: "https://x"}`, "", "argument TOKEN_URL has a name"},
		"no value that could be one": {`args: {GO_IMAGE: "golang:1.26", SECRET_SCANNING: "true", TOKEN_TTL: "300", EMPTY_TOKEN: ""}`, "", ""},
		"allowed":                    {`args: {COLOUR: "${PIN_SECRET}", NPM_TOKEN: abcdef}}, x-spellbook: {build: {allow-args: [COLOUR, NPM_TOKEN], reason: it ends tomorrow}`, "", ""},
		"allowed without a reason":   {`args: {COLOUR: "${PIN_SECRET}"}}, x-spellbook: {build: {allow-args: [COLOUR]}`, "x-spellbook.build has no reason", ""},
		"allowed, but not there":     {`args: {COLOUR: red}}, x-spellbook: {build: {allow-args: [COLOR], reason: x}`, "allows COLOR, which is no argument", ""},
	} {
		dir := t.TempDir()
		for file, text := range map[string]string{
			"compose.yml":      "name: x\nservices:\n  web: {build: {context: ., " + c.section + "}}\n  db: {image: \"postgres:16\", environment: {POSTGRES_PASSWORD: \"${DB_PASSWORD}\"}}\nsecrets: {s: {environment: HANDED_OUT}}\n",
			".env":             "DB_PASSWORD=test\nPIN_SECRET=postgres\nHANDED_OUT=16\nNODE_ENV=test\nNPM_TOKEN=abcdef\nMADE_OF=x${DB_PASSWORD}\n",
			"env/.env.example": "# [secret]\nDB_PASSWORD=\n# [generate 24]\nPIN_SECRET=\n",
		} {
			path := filepath.Join(dir, file)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		p, err := project.Load(t.Context(), project.Layout{Root: dir, Files: []string{"compose.yml"}}, project.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		builds, err := image.Builds(p)
		if err != nil {
			t.Fatal(err)
		}
		warnings, err := image.CheckArguments(p, builds)
		said := strings.Join(warnings, "\n")
		if (err == nil) != (c.refused == "") || err != nil && (!strings.Contains(err.Error(), c.refused) || failure.CodeOf(err) != failure.Preflight) {
			t.Errorf("%s: %v", name, err)
		}
		if (said == "") != (c.warned == "") || !strings.Contains(said, c.warned) {
			t.Errorf("%s: it warns %q", name, said)
		}
	}
}
