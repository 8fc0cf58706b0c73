package parity_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// The corpus; -run /SECTION/CASE$ is one of it.
func TestEveryStackIsWhatComposeMakesOfIt(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	meetNeighbour(t)
	for _, path := range paths {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(path), "testdata/"), ".txtar")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, path)
			if s.refused != "" {
				s.wantRefusal()
				return
			}
			s.compareModels()
			if len(s.masks) > 0 {
				s.compareMasked()
			}
			if s.engine && !t.Failed() {
				s.converges()
			}
		})
	}
}

// stack is a case in a directory of its own.
type stack struct {
	spec
	stacktest.Stack
	at string // where both are called
}

func newStack(t *testing.T, path string) *stack {
	t.Helper()
	id := make([]byte, 4)
	_, _ = rand.Read(id)
	name := "parity-" + hex.EncodeToString(id)
	s := &stack{spec: read(t, path, name)}
	s.Stack = stacktest.Stack{T: t, Dir: filepath.Join(t.TempDir(), name), Name: name}
	s.at = filepath.Join(s.Dir, s.dir)
	s.write(t, s.Dir, false)
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "COMPOSE_") && !strings.HasPrefix(pair, "PWD=") {
			s.Env = append(s.Env, pair)
		}
	}
	s.Env = append(append(s.Env, "PWD="+s.at), s.shell...)
	return s
}

// theirs is `docker compose` as somebody types it there.
func (s *stack) theirs(args ...string) (out, errs string, err error) {
	s.T.Helper()
	cmd := exec.CommandContext(s.T.Context(), "docker", append([]string{"compose"}, args...)...)
	cmd.Dir, cmd.Env = s.at, s.Env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

func (s *stack) wantTheirs(args ...string) string {
	s.T.Helper()
	out, errs, err := s.theirs(args...)
	if err != nil {
		s.T.Fatalf("docker compose %s: %v\n%s", strings.Join(args, " "), err, errs)
	}
	return out
}

// ours is a target as somebody calls it there.
func (s *stack) ours(do func(context.Context, *app.Run) error) stacktest.Result {
	s.T.Helper()
	var out, errs bytes.Buffer
	w := &app.Run{Layout: s.layout, Dir: s.at, Environ: s.Env, In: strings.NewReader(""), Out: &out, Err: &errs, Now: time.Now}
	err := do(s.T.Context(), w)
	return stacktest.Result{Code: failure.CodeOf(err), Out: out.String(), Err: errs.String(), Failed: err}
}

func (s *stack) wantRefusal() {
	s.T.Helper()
	if out, _, err := s.theirs("config"); err == nil {
		s.T.Errorf("docker compose does not refuse it:\n%s", out)
	}
	s.ours(func(ctx context.Context, w *app.Run) error { return infra.Config(ctx, w, false) }).
		Want(s.T, failure.Preflight).Says(s.T, s.refused)
}

// compareModels has the same project, services, networks, volumes and hashes.
func (s *stack) compareModels() {
	s.T.Helper()
	var ours, text, hashes string
	var warnings []string
	s.ours(func(ctx context.Context, w *app.Run) error {
		return load.With(ctx, w, load.Options{Environment: true}, func(ctx context.Context, x *load.Session) error {
			data, err := json.Marshal(x.Project.Model)
			if err != nil {
				return err
			}
			model, err := x.Project.Model.WithoutUnnecessaryResources().MarshalYAML()
			if err != nil {
				return err
			}
			ours, text, warnings, s.Name = string(data), string(model), x.Project.Warnings, x.Project.Name
			hashes, err = load.Output(ctx, x, x.Compose.Argv("config", "--hash", "*"))
			return err
		})
	}).Want(s.T, failure.OK)
	for _, want := range s.has {
		if !strings.Contains(ours, want) {
			s.T.Errorf("our model has no %s:\n%s", want, ours)
		}
	}
	for _, want := range s.warns {
		if !slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, want) }) {
			s.T.Errorf("our warnings have no %q: %q", want, warnings)
		}
	}
	if s.apart == "model" {
		return
	}
	theirs, errs, err := s.theirs("config")
	if err != nil {
		s.T.Fatalf("docker compose config: %v\n%s", err, errs)
	}
	if a, b := normal(s.T, text), normal(s.T, strings.ReplaceAll(theirs, "$$", "$")); a != b {
		s.T.Errorf("the models differ:\n%s", differing(a, b))
	}
	if len(s.warns) > 0 != warns.MatchString(errs) {
		s.T.Errorf("we warn of %q, docker compose of %s", warnings, errs)
	}
	if a, b := lines(hashes), lines(s.wantTheirs("config", "--hash", "*")); a != b {
		s.T.Errorf("the hashes of our call of docker compose are\n%s\nof a plain one\n%s", a, b)
	}
}

// warns finds what Compose warns of when it reads. What it will not do of a
// service (`service "web": deploy.mode is only…`) ours tell when it is created.
var warns = regexp.MustCompile(`level=warning msg="(?:[^s]|s[^e])`)

// lines are those of a text without warnings, sorted.
func lines(text string) string {
	list := slices.DeleteFunc(slices.Collect(strings.Lines(text)), func(l string) bool { return strings.Contains(l, "level=warning") || l == "\n" })
	slices.Sort(list)
	return strings.Join(list, "")
}

// normal is a model as one text, without what only one of the two writes down:
// docker compose leaves out the env files that it has read.
func normal(t *testing.T, text string) string {
	t.Helper()
	var model map[string]any
	if err := yaml.Unmarshal([]byte(text), &model); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	services, _ := model["services"].(map[string]any)
	for _, service := range services {
		delete(service.(map[string]any), "env_file")
	}
	data, err := json.MarshalIndent(model, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
