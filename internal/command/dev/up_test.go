package dev

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// What is chosen is built, and no more, before Compose is asked for anything.
func TestUpBuildsWhatItsServicesNeedAndThenBringsThemUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		services []string
		built    string
	}{
		"the backend's":      {nil, "api"},
		"one":                {[]string{"api"}, "api"},
		"one without image":  {[]string{"page"}, "page"},
		"none that is built": {[]string{"db"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := world(t)
			calls := slices.Clone(refuses)
			for _, one := range strings.Fields(c.built) {
				calls = append(calls, commandtest.Bakes(one))
			}
			docker := r.Tool("docker", calls...)
			r.Run(upCall(UpOptions{Services: c.services})).Want(t, failure.Preflight, "docker compose create: Compose is out of order")
			before, after, _ := strings.Cut(docker.Calls(), "compose")
			if n := strings.Count(before, "bake"); n != len(strings.Fields(c.built)) || strings.Contains(after, "bake") {
				t.Errorf("called\n%s", docker.Calls())
			}
		})
	}
}

// Nothing is built for what is not brought up.
func TestUpBuildsNothingOfAnInactiveProfile(t *testing.T) {
	t.Parallel()
	for name, backend := range map[string]string{
		"beside another": backendCompose + "  tool: {profiles: [tools], build: ../gone}\n",
		"alone":          "services:\n  tool: {profiles: [tools], build: ../gone}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := world(t)
			r.Write("compose/docker-compose.backend.yml", backend)
			calls := slices.Clone(refuses)
			if strings.Contains(backend, "api") {
				calls = append(calls, commandtest.Bakes("api"))
			}
			r.Tool("docker", calls...)
			r.Run(upCall(UpOptions{})).Want(t, failure.Preflight, "docker compose create: Compose is out of order")
			r.Run(upCall(UpOptions{Services: []string{"tool"}})).Want(t, failure.Preflight, "service tool: there is no build context")
		})
	}
}

func TestWhatUpRefusesIsToldAndNothingIsDone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*commandtest.Repository, *commandtest.Engine)
		calls  []commandtest.Call
		o      UpOptions
		code   failure.Code
		says   []string
	}{
		"an unknown service": {nil, nil, UpOptions{Services: []string{"apy"}}, failure.Usage, []string{`no service "apy"`, "did you mean api?"}},
		"an empty list":      {nil, nil, UpOptions{Services: []string{""}}, failure.Usage, []string{"-services is empty"}},
		"a broken build":     {nil, []commandtest.Call{breaks("api")}, UpOptions{Services: []string{"api"}}, failure.Unexpected, []string{"build team/api: COPY . / ended with exit code 2"}},
		"another checkout's stack": {func(r *commandtest.Repository, e *commandtest.Engine) {
			dir := r.T.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "docker-compose.yml"), nil, 0o600); err != nil {
				r.T.Fatal(err)
			}
			db := r.Container("db", "postgres:16")
			db.Labels["com.docker.compose.project.working_dir"] = dir
			db.Labels["com.docker.compose.project.config_files"] = filepath.Join(dir, "docker-compose.yml")
			db.Status = "Up 3 minutes"
			e.Containers = append(e.Containers, db)
		}, nil, UpOptions{}, failure.Preflight, []string{"project \"demo\" is of another checkout: made from ", "(1 service running for 3 minutes)", "mage dev:up -adopt takes that one over"}},
		"no engine": {func(r *commandtest.Repository, _ *commandtest.Engine) {
			r.Env = append(r.Env, "DOCKER_HOST=unix:///nowhere.sock")
		},
			nil, UpOptions{}, failure.Preflight, []string{"/nowhere.sock", "\n  → "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, e := world(t)
			if c.change != nil {
				c.change(r, e)
			}
			r.Tool("docker", c.calls...)
			if x := r.Run(upCall(c.o)).Want(t, c.code, c.says...); e.Done() != "" {
				t.Errorf("the engine was told\n%s%s", e.Done(), x)
			}
		})
	}
}

// The images are built of the same files that the stack is brought up of.
func TestAVariableThatIsNotSetIsToldOnceByBoth(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		calls []commandtest.Call
		code  failure.Code
		says  string
	}{
		"built":         {append(slices.Clone(refuses), commandtest.Bakes("api")), failure.Preflight, "Compose is out of order"},
		"a build fails": {[]commandtest.Call{breaks("api")}, failure.Unexpected, "exit code 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := world(t)
			r.Write("compose/docker-compose.backend.yml", backendCompose+"x-told: \"${NOWHERE}\"\n")
			r.Tool("docker", c.calls...)
			x := r.Run(upCall(UpOptions{})).Want(t, c.code, c.says)
			if n := strings.Count(x.Err, `The "NOWHERE" variable is not set`); n != 1 {
				t.Errorf("told %d times:\n%s", n, x)
			}
		})
	}
}
