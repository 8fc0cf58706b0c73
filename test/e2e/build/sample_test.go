package build_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// sample is a clone of this repository, of whose sample backend nothing has been
// built yet, and the name that its image gets.
func sample(t *testing.T) (s *stack, image string) {
	t.Helper()
	s = clone(t)
	image = "sbtest/backend-" + s.Name + ":dev"
	s.Env = append(s.Env, "BACKEND_IMAGE="+image)
	t.Cleanup(s.RemoveImages)
	return s, image
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
	s, _ := sample(t)
	s.built(build.Options{Services: []string{"api-gateway"}})
	s.Edit("apps/backend/main.go", "package main", "// of "+s.Name+"\npackage main")
	main := filepath.Join(s.Dir, "apps/backend/main.go")
	text, err := os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	// A program that is another: BuildKit finds the copy of an equal one cached.
	s.File("apps/backend/main.go", string(text)+"\nvar _ = func() bool { println(\""+s.Name+"\"); return true }()\n")
	ran, cached := ranAndCached(is(t, s.built(build.Options{Services: []string{"api-gateway"}}), report.ImageBuilt, "main.go changed"))
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
	s, name := sample(t)
	s.Env = append(append(s.Env, lab.Env...), "GO_IMAGE="+lab.Registry+"/lab/golang:1.26", "RUNTIME_IMAGE="+lab.Registry+"/lab/static:nonroot")
	(&builderStack{stack: s}).commit(committed)
	first := is(t, s.built(build.Options{Services: []string{"api-gateway"}}), report.ImageBuilt, "")
	if err := filepath.WalkDir(filepath.Join(s.Dir, "apps"), func(path string, _ os.DirEntry, err error) error {
		touched(t, path)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	s.Edit("compose/docker-compose.backend.yml", "    dockerfile: apps", "    no_cache: true\n    dockerfile: apps")
	second := is(t, s.built(build.Options{Services: []string{"api-gateway"}, Force: true}), report.ImageBuilt, "forced")
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
	if err := json.Unmarshal([]byte(stacktest.Docker(t, "image", "inspect", name)), &image); err != nil {
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
	t.Cleanup(s.RemoveImages)
	s.File("compose/docker-compose.yml", "include: [../test/testdata/pybackend/docker-compose.yml]\n")
	if err := os.Remove(filepath.Join(s.Dir, "compose/docker-compose.backend.yml")); err != nil {
		t.Fatal(err)
	}
	image := "sbtest/pybackend-" + s.Name + ":dev"
	s.Env = append(s.Env, "PYBACKEND_IMAGE="+image, "PYTHON_IMAGE=lab/python:3.11", "PIP_OPTIONS=--no-index --no-build-isolation")
	first := is(t, s.built(build.Options{}), report.ImageBuilt, "no image yet")
	if !slices.Equal(first.Services, []string{"agent-worldsmith", "api-gateway"}) {
		t.Errorf("built for %v", first.Services)
	}
	if out := stacktest.Docker(t, "run", "--rm", "-e", "SERVICE_TYPE=agent-worldsmith", image); !strings.Contains(out, "pybackend 1.0.0 as agent-worldsmith on Python 3.11\n") {
		t.Errorf("got %s", out)
	}
	is(t, s.built(build.Options{}), report.ImageExists, "")
	s.build(build.Options{}).Want(t, failure.Preflight).Says(t, "there is no compose/docker-compose.backend.yml", "mage build:all")
}
