package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/joho/godotenv"

	"github.com/infinitescribe/spellbook/internal/report"
)

// backendSources are what the sample backend is built from and described by.
var backendSources = []string{"apps/backend", ".dockerignore", "compose", "env/.env.example", "env/.env.lab"}

// backendFiles are the Compose files on plain tools' command lines. bake takes
// contexts from where it is called, so that it is called beside the files.
var backendFiles = strings.Fields("-f docker-compose.yml -f docker-compose.backend.yml")

// builds compares builds of the sample backend: four services of one definition.
func builds(b *bench) ([]row, error) {
	s, err := b.backend()
	if err != nil {
		return nil, err
	}
	defer s.forget()
	unchanged, err := s.unchanged()
	if err != nil {
		return nil, err
	}
	cold, err := s.cold()
	if err != nil {
		return nil, err
	}
	edited, err := s.edited()
	if err != nil {
		return nil, err
	}
	context, err := contexts(b)
	return []row{unchanged, cold, edited, context}, err
}

// backendStack is a copy of the sample backend with the targets' sources.
type backendStack struct {
	*stack
	nonce int // of the source's versions
}

// backend makes the copy beside that of the other parts, with its launcher.
func (b *bench) backend() (*backendStack, error) {
	first, err := b.prepared()
	if err != nil {
		return nil, err
	}
	s := *first
	s.extra, s.started = nil, false
	tools := filepath.Join(filepath.Dir(first.dir), "backend-tools") // a launcher of its own
	s.dir, s.mage = filepath.Join(filepath.Dir(first.dir), "backend"), filepath.Join(tools, "mage")
	if err := errors.Join(os.RemoveAll(s.dir), os.RemoveAll(tools), os.MkdirAll(tools, 0o755)); err != nil {
		return nil, err
	}
	for _, name := range append(slices.Clone(sources), backendSources...) {
		if err := copySources(filepath.Join(b.root, name), filepath.Join(s.dir, name)); err != nil {
			return nil, err
		}
	}
	s.env = append(slices.Clone(s.env), "SPELLBOOK_CACHE="+filepath.Join(tools, "cache"), "COMPOSE_PROJECT_NAME="+backendProject, "BACKEND_IMAGE="+backendProject+"/backend:dev")
	lab := filepath.Join(s.dir, "env", ".env.lab")
	values, err := godotenv.Read(lab) // for tools that look for .env elsewhere
	if err != nil {
		return nil, err
	}
	for name, value := range values {
		if name != "BACKEND_IMAGE" && !strings.HasPrefix(name, "COMPOSE_") {
			s.env = append(s.env, name+"="+value)
		}
	}
	if err := os.Symlink(lab, filepath.Join(s.dir, ".env")); err != nil {
		return nil, err
	}
	return &backendStack{stack: &s}, s.compile()
}

// backendProject is that of the copy; its images are removed at the end.
const backendProject = "spellbook-bench-backend"

// forget removes the images that the benchmark made.
func (s *backendStack) forget() {
	o, err := execute(s.b.ctx, s.dir, s.env, "docker", "image", "ls", "-q", "--filter", "label=com.docker.compose.project="+backendProject)
	if err != nil {
		return
	}
	theirs, _ := execute(s.b.ctx, s.dir, s.env, "docker", "image", "ls", "-q", backendProject+"/theirs")
	ids := strings.Fields(o.out + theirs.out)
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		_, _ = execute(s.b.ctx, s.dir, s.env, "docker", "image", "rm", "--force", id)
	}
}

// unchanged compares a build that finds everything built.
func (s *backendStack) unchanged() (row, error) {
	if _, err := s.must("scripts/mage", "build:backend"); err != nil {
		return row{}, err
	}
	line := append([]string{"docker", "buildx", "bake", "--allow=fs.read=.."}, backendFiles...)
	ours := s.contender("Spellbook", "scripts/mage build:backend", "scripts/mage", "build:backend")
	theirs := s.beside("buildx", nil, line...)
	err := turns(s.b.rounds.fast, ours, theirs)
	return row{title: "Build with nothing changed", sides: sides(ours, theirs), bounds: []bound{faster(ours.side, theirs.side, 10)},
		notes: []string{"The sample backend, four services of one definition. BuildKit had every step in its cache."}}, err
}

// cold compares builds of which BuildKit has no step in its cache but those of
// the base images: go.mod gets a new comment before each.
func (s *backendStack) cold() (row, error) {
	compose := append([]string{"docker", "compose"}, backendFiles...)
	one := append(append(slices.Clone(compose), "build", "--quiet"), "api-gateway")
	all := append(slices.Clone(compose), "build", "--quiet")
	ours := s.contender("Spellbook, all four", "scripts/mage build:backend", "scripts/mage", "build:backend")
	build := ours.run
	ours.run = func() (outcome, error) {
		if err := s.anew(); err != nil {
			return outcome{}, err
		}
		return build()
	}
	alone := s.beside("Compose, one of them", s.anew, one...)
	theirs := s.beside("Compose, all four", s.anew, all...)
	if err := turns(coldBuilds, ours, alone, theirs); err != nil {
		return row{}, err
	}
	got := ratio(ours.took, alone.took)
	return row{title: "Cold build of services with one definition", sides: sides(ours, alone, theirs),
		bounds: []bound{{text: "at most 1.1 times one of them alone", got: digits(got) + " times", holds: got <= 1.1}},
		notes:  []string{"Before each, go.mod gets a new comment: every step after the base image runs, with Go's own caches warm in cache mounts. Nine rounds."}}, nil
}

// anew makes sources that nobody has built yet.
func (s *backendStack) anew() error { return s.touch("apps/backend/go.mod") }

// coldBuilds are the rounds of cold builds: they take a second or two, of which
// a tenth is what the bound is about.
const coldBuilds = 9

// beside is a contender that runs beside the Compose files, after what has to
// come before and does not count. Its image has a name of its own: the side that
// builds next is not to find its own taken away.
func (s *backendStack) beside(name string, before func() error, argv ...string) *contender {
	return &contender{side: side{name: name, command: "(cd compose; " + strings.Join(argv, " ") + ")"}, run: func() (outcome, error) {
		if before != nil {
			if err := before(); err != nil {
				return outcome{}, err
			}
		}
		return must(s.b.ctx, filepath.Join(s.dir, "compose"), append(s.variables(), "BACKEND_IMAGE="+backendProject+"/theirs:dev"), argv...)
	}}
}

// touch adds a comment to a Go file that it never had.
func (s *backendStack) touch(name string) error {
	s.nonce++
	f, err := os.OpenFile(filepath.Join(s.dir, name), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "// version %d of the benchmark %d\n", s.nonce, os.Getpid())
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// edited builds after a change of one source file, and takes from BuildKit's
// own record which steps ran.
func (s *backendStack) edited() (row, error) {
	ours := &contender{side: side{name: "Spellbook", command: "scripts/mage build:backend -json"}}
	var ran, cached []string
	ours.run = func() (outcome, error) {
		if err := s.touch("apps/backend/main.go"); err != nil {
			return outcome{}, err
		}
		o, err := s.must("scripts/mage", "build:backend", "-json")
		if err != nil {
			return o, err
		}
		ran, cached, err = stepsOf(o.out)
		return o, err
	}
	if err := turns(s.b.rounds.model, ours); err != nil {
		return row{}, err
	}
	downloads := slices.ContainsFunc(ran, func(step string) bool { return strings.Contains(step, "go mod download") })
	return row{title: "Build after a change of one source file", sides: sides(ours),
		bounds: []bound{{text: "only the steps from the sources on run again", got: fmt.Sprintf("%d ran, %d cached", len(ran), len(cached)),
			holds: !downloads && len(cached) > 0 && len(ran) > 0}},
		notes: []string{"Ran, in BuildKit's own record of the last round: " + quoted(ran) + ".", "Cached: " + quoted(cached) + "."}}, nil
}

// stepsOf are the Dockerfile's steps in a document of build:backend.
func stepsOf(document string) (ran, cached []string, err error) {
	var doc report.BuildReport
	if err := json.Unmarshal([]byte(document), &doc); err != nil {
		return nil, nil, fmt.Errorf("read build:backend -json: %w", err)
	}
	if len(doc.Builds) != 1 || doc.Builds[0].State != report.ImageBuilt {
		return nil, nil, fmt.Errorf("build:backend did not build one image: %s", document)
	}
	for _, step := range doc.Builds[0].Steps {
		switch {
		case step.Number == 0:
		case step.Cached || strings.HasPrefix(step.Name, "FROM "):
			cached = append(cached, step.Name)
		default:
			ran = append(ran, step.Name)
		}
	}
	return ran, cached, nil
}

func quoted(steps []string) string {
	short := make([]string, 0, len(steps))
	for _, step := range steps {
		if len(step) > 60 {
			step = step[:57] + "…"
		}
		short = append(short, "`"+step+"`")
	}
	return strings.Join(short, ", ")
}
