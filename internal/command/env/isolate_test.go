package env

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
)

func isolate(o IsolateOptions) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Isolate(ctx, w, o) }
}

// withoutEngine is a repository on a machine where no engine answers.
func withoutEngine(t *testing.T) *commandtest.Repository {
	t.Helper()
	r := commandtest.NewRepository(t)
	r.Env = append(r.Env, "DOCKER_HOST=unix://"+filepath.Join(r.Dir, "no.sock"))
	return r
}

// line is the line of a file that begins so.
func line(r *commandtest.Repository, file, prefix string) string {
	r.T.Helper()
	for line := range strings.Lines(r.Read(file)) {
		if strings.HasPrefix(line, prefix) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

func TestANewEnvironmentHasANameAndPortsThatNoOtherHas(t *testing.T) {
	r := withoutEngine(t)
	r.Write("env/.env.example", "# [project]\nCOMPOSE_PROJECT_NAME=\n"+strings.Replace(commandtest.EnvTemplate, "DB_PORT=5432", "DB_PORT=5433", 1))
	r.Run(useCall("test")).Want(t, failure.OK, "its ports are those of the template and 100", "environment test is active")
	for prefix, want := range map[string]string{"COMPOSE_PROJECT_NAME": "COMPOSE_PROJECT_NAME=demo-test", "DB_PORT": "DB_PORT=5533"} {
		if got := line(r, "env/.env.test", prefix); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	r.Run(useCall("dev")).Want(t, failure.Preflight)
	for prefix, want := range map[string]string{"COMPOSE_PROJECT_NAME": "COMPOSE_PROJECT_NAME=demo-dev", "DB_PORT": "DB_PORT=5433"} {
		if got := line(r, "env/.env.dev", prefix); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestATemplateWithoutTheVariableGivesANewEnvironmentItsNameAllTheSame(t *testing.T) {
	r := withoutEngine(t)
	r.Run(useCall("test")).Want(t, failure.OK)
	if got := line(r, "env/.env.test", "COMPOSE_PROJECT_NAME"); got != "COMPOSE_PROJECT_NAME=demo-test" {
		t.Errorf("got %q", got)
	}
}

func TestAPortThatOnlyContainersKnowIsTheSameInEveryStack(t *testing.T) {
	r := withoutEngine(t)
	r.Write("compose/docker-compose.yml", commandtest.EnvCompose+"      - INNER=${INNER_PORT:-80}\n")
	r.Write("env/.env.example", commandtest.EnvTemplate+"# [port]\nINNER_PORT=80\n# [port]\nVITE_PORT=5173\n")
	r.Write("env/.env.local", commandtest.EnvLocal+"INNER_PORT=80\nVITE_PORT=5173\n")
	r.Run(useCall("test")).Want(t, failure.OK)
	for prefix, want := range map[string]string{"INNER_PORT": "INNER_PORT=80", "VITE_PORT": "VITE_PORT=5273"} {
		if got := line(r, "env/.env.test", prefix); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSyncGivesAnEnvironmentOfBeforeTheNameThatItHasAndSaysWhoSharesIt(t *testing.T) {
	r := withoutEngine(t)
	r.Write("env/.env.example", "# [project]\nCOMPOSE_PROJECT_NAME=\n"+commandtest.EnvTemplate)
	r.Write("env/.env.old", "DB_PASSWORD=canary-old-2\n")
	r.Env = append(r.Env, "COMPOSE_PROJECT_NAME=of-the-shell")
	r.Run(syncCall(SyncOptions{Env: "old", Yes: true})).Want(t, failure.OK,
		"+COMPOSE_PROJECT_NAME=demo\n", "old and local share the project demo and its volumes → mage env:use old, then mage env:isolate")
}

func TestIsolateIsIdempotentAndUndoneByteForByte(t *testing.T) {
	r := withoutEngine(t)
	before := r.Read("env/.env.local")
	r.Run(isolate(IsolateOptions{})).Want(t, failure.OK, "COMPOSE_PROJECT_NAME: (none) → demo-local-", "DB_PORT: 5433 → 2", "has a stack of its own", "mage infra:up")
	once := r.Read("env/.env.local")
	r.Run(isolate(IsolateOptions{})).Want(t, failure.OK, "has a stack of its own already: demo-local-")
	if twice := r.Read("env/.env.local"); twice != once {
		t.Errorf("isolated twice:\n%s", twice)
	}
	r.Run(isolate(IsolateOptions{Name: "mine"})).Want(t, failure.OK, "→ mine\n")
	r.Run(isolate(IsolateOptions{Undo: true})).Want(t, failure.OK, "COMPOSE_PROJECT_NAME: mine → (none)", "the stack of before: demo\n")
	if after := r.Read("env/.env.local"); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
	r.Run(isolate(IsolateOptions{Undo: true})).Want(t, failure.Preflight, "nothing of env:isolate to take back")
}

func TestIsolateSaysWhatKeepsTheStackFromBeingItsOwn(t *testing.T) {
	r := withoutEngine(t)
	r.Write("compose/docker-compose.yml", commandtest.EnvCompose+`    container_name: the-api
    ports: ["9000:9000"]
    volumes: ["kept:/kept"]
volumes:
  kept: {name: everybodys}
networks:
  default: {name: "${COMPOSE_PROJECT_NAME}-net"}
  proxy: {external: true}
`)
	r.Env = append(r.Env, "DB_PORT=5444")
	x := r.Run(isolate(IsolateOptions{})).Want(t, failure.OK, "the container of api has the same name", "the volume kept has the same name",
		"the network proxy has the same name", "the port 9000 of api is fixed", "the shell sets DB_PORT as well, and wins")
	if strings.Contains(x.String(), "-net") {
		t.Errorf("this network is no other stack's:\n%s", x)
	}
}

func TestIsolateRefusesWhatWouldChangeOthers(t *testing.T) {
	r := withoutEngine(t)
	r.Write("env/.env.lab", commandtest.EnvLocal)
	r.Run(useCall("lab")).Want(t, failure.OK)
	r.Run(isolate(IsolateOptions{})).Want(t, failure.Preflight, "env/.env.lab is in git", "install -m 600 env/.env.lab env/.env.lab-own")
	r.Run(useCall("old")).Want(t, failure.OK)
	elsewhere := filepath.Join(t.TempDir(), ".env.old")
	if err := os.Rename(filepath.Join(r.Dir, "env/.env.old"), elsewhere); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, filepath.Join(r.Dir, "env/.env.old")); err != nil {
		t.Fatal(err)
	}
	r.Run(isolate(IsolateOptions{})).Want(t, failure.Preflight, "leads to a file outside of this working copy", "mage env:use old-own")
	r.Run(useCall("local")).Want(t, failure.OK)
	r.Run(isolate(IsolateOptions{Name: "No Name"})).Want(t, failure.Usage, "-name=noname")
	r.Run(isolate(IsolateOptions{Name: "demo"})).Want(t, failure.Usage, "the project of the environment")
	r.Run(isolate(IsolateOptions{Name: "x", Undo: true})).Want(t, failure.Usage, "mage env:isolate -undo")
	if err := os.Remove(filepath.Join(r.Dir, ".env")); err != nil {
		t.Fatal(err)
	}
	r.Run(isolate(IsolateOptions{})).Want(t, failure.Preflight, "no environment is active", "mage env:use local")
}

func TestIsolateRefusesAFileThatGitHasWhateverItsNameIs(t *testing.T) {
	r := withoutEngine(t)
	r.Write("env/.env.shared", commandtest.EnvLocal)
	r.Run(useCall("shared")).Want(t, failure.OK)
	gitAt(r, ".", "init", "-q")
	gitAt(r, ".", "add", "-f", "env/.env.shared")
	r.Env = append(r.Env, "GIT_DIR=/nowhere") // as in a hook of another repository
	r.Run(isolate(IsolateOptions{})).Want(t, failure.Preflight, "env/.env.shared is in git", "install -m 600 env/.env.shared env/.env.shared-own")
	if got := r.Read("env/.env.shared"); got != commandtest.EnvLocal {
		t.Errorf("it was changed:\n%s", got)
	}
}

func TestAnEnvironmentOfItsOwnIsMadeOfTheLabsAsTheHintSays(t *testing.T) {
	r := withoutEngine(t)
	r.Write("env/.env.lab", commandtest.EnvLocal)
	r.Write("env/.env.lab-own", r.Read("env/.env.lab")) // install -m 600
	r.Run(useCall("lab-own")).Want(t, failure.OK)
	r.Run(isolate(IsolateOptions{})).Want(t, failure.OK, "demo-lab-own-")
}
