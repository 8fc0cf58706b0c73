package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
)

// sampleBackend is the sample backend in a clone of this repository, of which
// nothing has been built yet.
func sampleBackend(t *testing.T) *backend {
	t.Helper()
	s := clone(t)
	port := strconv.Itoa(freePort(t))
	b := &backend{stack: s, image: "sbtest/backend-" + s.name + ":dev", url: "http://127.0.0.1:" + port}
	s.env = append(s.env, "BACKEND_IMAGE="+b.image, "API_PORT="+port)
	t.Cleanup(s.removeImages)
	return b
}

// mage runs the launcher as a user does who stands in a directory.
func (b *backend) mage(dir string, args ...string) string {
	b.t.Helper()
	cmd := exec.Command(filepath.Join(b.dir, "scripts/mage"), args...)
	cmd.Dir, cmd.Env = filepath.Join(b.dir, dir), b.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.t.Fatalf("mage %s in %q: %v\n%s", strings.Join(args, " "), dir, err, out)
	}
	return string(out)
}

func TestTheSampleBackendIsBuiltRunAndCalledByItsTargets(t *testing.T) {
	t.Parallel()
	b := sampleBackend(t)
	if out := b.mage("apps/backend/internal", "build:backend"); !strings.Contains(out, "agent-plotmaster, agent-worldsmith, api-gateway, migrate") {
		t.Errorf("it does not say that four services share one image:\n%s", out)
	}
	ids := strings.Fields(cli(t, "image", "ls", "--no-trunc", "--quiet", strings.TrimSuffix(b.image, ":dev")))
	if len(ids) != 2 || ids[0] != ids[1] {
		t.Errorf("the key and the friendly name are of %v", ids)
	}
	b.mage("", "dev:up")
	containers := b.ids()
	var health struct{ Status string }
	if answer := b.call("GET", "/health", "", &health); answer.status != 200 || health.Status != "up" {
		t.Errorf("/health: got %d, %+v", answer.status, health)
	}
	var novel struct{ ID, Title string }
	if answer := b.call("POST", "/novels", `{"title":"Atlas"}`, &novel); answer.status != 201 {
		t.Errorf("POST /novels: got %d", answer.status)
	}
	var list novelList
	if b.call("GET", "/novels", "", &list); len(list.Novels) != 1 || list.Novels[0].Title != "Atlas" {
		t.Errorf("GET /novels: got %+v", list)
	}
	var doc report.BuildReport
	if out := b.mage("docs", "build:backend", "-json"); json.Unmarshal([]byte(out), &doc) != nil || doc.Changed {
		t.Errorf("the second time: %s", out)
	}
	is(t, doc, report.ImageExists, "")
	b.mage("", "dev:up")
	if now := b.ids(); !equalIDs(now, containers) {
		t.Errorf("the second dev:up replaced containers: %v, were %v", now, containers)
	}
}

func equalIDs(a, b map[string]string) bool {
	for name, id := range a {
		if b[name] != id {
			return false
		}
	}
	return len(a) == len(b) && len(a) > 0
}

// ranAndCached parts the steps of a Dockerfile by BuildKit's own record.
func ranAndCached(b report.Built) (ran, cached []string) {
	for _, step := range b.Steps {
		switch {
		case step.Number == 0 || strings.HasPrefix(step.Name, "FROM") || strings.HasPrefix(step.Name, "WORKDIR"): // these run nothing
		case step.Cached:
			cached = append(cached, firstWords(step.Name))
		default:
			ran = append(ran, firstWords(step.Name))
		}
	}
	slices.Sort(ran)
	return ran, cached
}

// firstWords leaves out the mounts of a RUN, and all after the second word.
func firstWords(step string) string {
	words := slices.DeleteFunc(strings.Fields(step), func(word string) bool { return strings.HasPrefix(word, "--mount") })
	return strings.Join(words[:min(2, len(words))], " ")
}

func TestAChangedSourceOfTheSampleBackendRunsItsLastStepsAlone(t *testing.T) {
	t.Parallel()
	b := sampleBackend(t)
	b.built(build.Options{Services: []string{"api-gateway"}})
	b.edit("apps/backend/main.go", "package main", "// of "+b.name+"\npackage main")
	main := filepath.Join(b.dir, "apps/backend/main.go")
	text, err := os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	// A program that is another: BuildKit finds the copy of an equal one cached.
	b.file("apps/backend/main.go", string(text)+"\nvar _ = func() bool { println(\""+b.name+"\"); return true }()\n")
	ran, cached := ranAndCached(is(t, b.built(build.Options{Services: []string{"api-gateway"}}), report.ImageBuilt, "main.go changed"))
	if want := []string{"COPY --from=build", "COPY apps/backend/", "RUN GOOS=linux"}; !slices.Equal(ran, want) {
		t.Errorf("BuildKit ran %q, want %q (cached: %q)", ran, want, cached)
	}
	for _, want := range []string{"COPY apps/backend/go.mod", "RUN go"} {
		if !slices.Contains(cached, want) {
			t.Errorf("%s is not among the cached: %q", want, cached)
		}
	}
}

// By a current BuildKit: once with whatever its caches hold, once without any
// of them, compilers' included, and from files with other times.
func TestTwoCleanBuildsOfTheSampleBackendAreTheSameImage(t *testing.T) {
	t.Parallel()
	lab := labBuilder(t)
	if out, err := buildkit("publish", lab.dir, "lab/golang:1.26", "lab/static:nonroot"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b := sampleBackend(t)
	b.env = append(append(b.env, lab.Env...), "GO_IMAGE="+lab.Registry+"/lab/golang:1.26", "RUNTIME_IMAGE="+lab.Registry+"/lab/static:nonroot")
	(&builderStack{stack: b.stack}).commit(committed)
	first := is(t, b.built(build.Options{Services: []string{"api-gateway"}}), report.ImageBuilt, "")
	if err := filepath.WalkDir(filepath.Join(b.dir, "apps"), func(path string, _ os.DirEntry, err error) error {
		touched(t, path)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	b.edit("compose/docker-compose.backend.yml", "    dockerfile: apps", "    no_cache: true\n    dockerfile: apps")
	second := is(t, b.built(build.Options{Services: []string{"api-gateway"}, Force: true}), report.ImageBuilt, "forced")
	if _, cached := ranAndCached(second); len(cached) > 0 {
		t.Errorf("the second build was not clean, it had from a cache: %q", cached)
	}
	if first.ImageID != second.ImageID || first.Key != second.Key {
		t.Errorf("the first is %s (%s), the second %s (%s)", first.ImageID, first.Key, second.ImageID, second.Key)
	}
	var image []struct {
		Created string
		Config  struct{ Labels map[string]string }
	}
	if err := json.Unmarshal([]byte(cli(t, "image", "inspect", b.image)), &image); err != nil {
		t.Fatal(err)
	}
	if revision := image[0].Config.Labels["org.opencontainers.image.revision"]; image[0].Created != "2024-01-02T03:04:05Z" || strings.Contains(revision, "dirty") {
		t.Errorf("created %s, of revision %q", image[0].Created, revision)
	}
}

// The fixture of the shape of a Python service, as a part of a stack.
func TestThePythonFixtureIsBuiltByBuildAll(t *testing.T) {
	t.Parallel()
	s := clone(t)
	t.Cleanup(s.removeImages)
	s.file("compose/docker-compose.yml", "include: [../test/testdata/pybackend/docker-compose.yml]\n")
	if err := os.Remove(filepath.Join(s.dir, "compose/docker-compose.backend.yml")); err != nil {
		t.Fatal(err)
	}
	image := "sbtest/pybackend-" + s.name + ":dev"
	s.env = append(s.env, "PYBACKEND_IMAGE="+image, "PYTHON_IMAGE=lab/python:3.11", "PIP_OPTIONS=--no-index --no-build-isolation")
	first := is(t, s.built(build.Options{}), report.ImageBuilt, "no image yet")
	if !slices.Equal(first.Services, []string{"agent-worldsmith", "api-gateway"}) {
		t.Errorf("built for %v", first.Services)
	}
	if out := cli(t, "run", "--rm", "-e", "SERVICE_TYPE=agent-worldsmith", image); !strings.Contains(out, "pybackend 1.0.0 as agent-worldsmith on Python 3.11\n") {
		t.Errorf("got %s", out)
	}
	is(t, s.built(build.Options{}), report.ImageExists, "")
	s.build(build.Options{}).want(t, failure.Preflight).says(t, "there is no compose/docker-compose.backend.yml", "mage build:all")
}
