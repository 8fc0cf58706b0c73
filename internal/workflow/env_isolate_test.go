package workflow

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

func isolate(o EnvIsolateOptions) target {
	return func(ctx context.Context, w *Workflow) error { return w.EnvIsolate(ctx, o) }
}

// withoutEngine is a repository on a machine where no engine answers.
func withoutEngine(t *testing.T) *envRepository {
	t.Helper()
	r := newEnvRepository(t)
	r.env = append(r.env, "DOCKER_HOST=unix://"+filepath.Join(r.dir, "no.sock"))
	return r
}

// line is the line of a file that begins so.
func (r *envRepository) line(file, prefix string) string {
	r.t.Helper()
	for line := range strings.Lines(r.read(file)) {
		if strings.HasPrefix(line, prefix) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

func TestANewEnvironmentHasANameAndPortsThatNoOtherHas(t *testing.T) {
	r := withoutEngine(t)
	r.write("env/.env.example", "# [project]\nCOMPOSE_PROJECT_NAME=\n"+strings.Replace(envTemplate, "DB_PORT=5432", "DB_PORT=5433", 1))
	r.run(use("test")).want(t, failure.OK, "its ports are those of the template and 100", "environment test is active")
	for prefix, want := range map[string]string{"COMPOSE_PROJECT_NAME": "COMPOSE_PROJECT_NAME=demo-test", "DB_PORT": "DB_PORT=5533"} {
		if got := r.line("env/.env.test", prefix); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	r.run(use("dev")).want(t, failure.Preflight)
	for prefix, want := range map[string]string{"COMPOSE_PROJECT_NAME": "COMPOSE_PROJECT_NAME=demo-dev", "DB_PORT": "DB_PORT=5433"} {
		if got := r.line("env/.env.dev", prefix); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestATemplateWithoutTheVariableGivesANewEnvironmentItsNameAllTheSame(t *testing.T) {
	r := withoutEngine(t)
	r.run(use("test")).want(t, failure.OK)
	if got := r.line("env/.env.test", "COMPOSE_PROJECT_NAME"); got != "COMPOSE_PROJECT_NAME=demo-test" {
		t.Errorf("got %q", got)
	}
}

func TestAPortThatOnlyContainersKnowIsTheSameInEveryStack(t *testing.T) {
	r := withoutEngine(t)
	r.write("compose/docker-compose.yml", envCompose+"      - INNER=${INNER_PORT:-80}\n")
	r.write("env/.env.example", envTemplate+"# [port]\nINNER_PORT=80\n# [port]\nVITE_PORT=5173\n")
	r.write("env/.env.local", envLocal+"INNER_PORT=80\nVITE_PORT=5173\n")
	r.run(use("test")).want(t, failure.OK)
	for prefix, want := range map[string]string{"INNER_PORT": "INNER_PORT=80", "VITE_PORT": "VITE_PORT=5273"} {
		if got := r.line("env/.env.test", prefix); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSyncGivesAnEnvironmentOfBeforeTheNameThatItHasAndSaysWhoSharesIt(t *testing.T) {
	r := withoutEngine(t)
	r.write("env/.env.example", "# [project]\nCOMPOSE_PROJECT_NAME=\n"+envTemplate)
	r.write("env/.env.old", "DB_PASSWORD=canary-old-2\n")
	r.env = append(r.env, "COMPOSE_PROJECT_NAME=of-the-shell")
	r.run(syncEnv(EnvSyncOptions{Env: "old", Yes: true})).want(t, failure.OK,
		"+COMPOSE_PROJECT_NAME=demo\n", "old and local share the project demo and its volumes → mage env:use old, then mage env:isolate")
}

func TestIsolateIsIdempotentAndUndoneByteForByte(t *testing.T) {
	r := withoutEngine(t)
	before := r.read("env/.env.local")
	r.run(isolate(EnvIsolateOptions{})).want(t, failure.OK, "COMPOSE_PROJECT_NAME: (none) → demo-local-", "DB_PORT: 5433 → 2", "has a stack of its own", "mage infra:up")
	once := r.read("env/.env.local")
	r.run(isolate(EnvIsolateOptions{})).want(t, failure.OK, "has a stack of its own already: demo-local-")
	if twice := r.read("env/.env.local"); twice != once {
		t.Errorf("isolated twice:\n%s", twice)
	}
	r.run(isolate(EnvIsolateOptions{Name: "mine"})).want(t, failure.OK, "→ mine\n")
	r.run(isolate(EnvIsolateOptions{Undo: true})).want(t, failure.OK, "COMPOSE_PROJECT_NAME: mine → (none)", "the stack of before: demo\n")
	if after := r.read("env/.env.local"); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
	r.run(isolate(EnvIsolateOptions{Undo: true})).want(t, failure.Preflight, "nothing of env:isolate to take back")
}

func TestIsolateSaysWhatKeepsTheStackFromBeingItsOwn(t *testing.T) {
	r := withoutEngine(t)
	r.write("compose/docker-compose.yml", envCompose+`    container_name: the-api
    ports: ["9000:9000"]
    volumes: ["kept:/kept"]
volumes:
  kept: {name: everybodys}
networks:
  default: {name: "${COMPOSE_PROJECT_NAME}-net"}
  proxy: {external: true}
`)
	r.env = append(r.env, "DB_PORT=5444")
	x := r.run(isolate(EnvIsolateOptions{})).want(t, failure.OK, "the container of api has the same name", "the volume kept has the same name",
		"the network proxy has the same name", "the port 9000 of api is fixed", "the shell sets DB_PORT as well, and wins")
	if strings.Contains(x.String(), "-net") {
		t.Errorf("this network is no other stack's:\n%s", x)
	}
}

func TestIsolateRefusesWhatWouldChangeOthers(t *testing.T) {
	r := withoutEngine(t)
	r.write("env/.env.lab", envLocal)
	r.run(use("lab")).want(t, failure.OK)
	r.run(isolate(EnvIsolateOptions{})).want(t, failure.Preflight, "env/.env.lab is in git", "install -m 600 env/.env.lab env/.env.lab-own")
	r.run(use("old")).want(t, failure.OK)
	elsewhere := filepath.Join(t.TempDir(), ".env.old")
	if err := os.Rename(filepath.Join(r.dir, "env/.env.old"), elsewhere); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, filepath.Join(r.dir, "env/.env.old")); err != nil {
		t.Fatal(err)
	}
	r.run(isolate(EnvIsolateOptions{})).want(t, failure.Preflight, "leads to a file outside of this working copy", "mage env:use old-own")
	r.run(use("local")).want(t, failure.OK)
	r.run(isolate(EnvIsolateOptions{Name: "No Name"})).want(t, failure.Usage, "-name=noname")
	r.run(isolate(EnvIsolateOptions{Name: "demo"})).want(t, failure.Usage, "the project of the environment")
	r.run(isolate(EnvIsolateOptions{Name: "x", Undo: true})).want(t, failure.Usage, "mage env:isolate -undo")
	if err := os.Remove(filepath.Join(r.dir, ".env")); err != nil {
		t.Fatal(err)
	}
	r.run(isolate(EnvIsolateOptions{})).want(t, failure.Preflight, "no environment is active", "mage env:use local")
}

func TestAnEnvironmentOfItsOwnIsMadeOfTheLabsAsTheHintSays(t *testing.T) {
	r := withoutEngine(t)
	r.write("env/.env.lab", envLocal)
	r.write("env/.env.lab-own", r.read("env/.env.lab")) // install -m 600
	r.run(use("lab-own")).want(t, failure.OK)
	r.run(isolate(EnvIsolateOptions{})).want(t, failure.OK, "demo-lab-own-")
}
