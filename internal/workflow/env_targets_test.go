package workflow

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

func TestSecretsAreRevealedOnlyToSomebodyAtATerminalWhoSaysYes(t *testing.T) {
	r := newEnvRepository(t)
	r.in = "y\n"
	r.run(show(EnvShowOptions{Reveal: true})).want(t, failure.Refused)
	r.term, r.in = true, "n\n"
	if x := r.run(show(EnvShowOptions{Reveal: true, JSON: true})).want(t, failure.Refused); strings.Contains(x.String(), "canary") {
		t.Errorf("shown without a yes:\n%s", x)
	}
	r.in = "y\n"
	r.run(show(EnvShowOptions{Reveal: true})).want(t, failure.OK, "canary-local-1", "Show all secrets in plain text? [y/N]")
	x := r.run(show(EnvShowOptions{Reveal: true, JSON: true})).want(t, failure.OK, "canary-local-1", `"revealed": true`)
	schematest.Validate(t, "envshow", []byte(x.out))
}

func TestEnvDocumentsAreWhatTheirSchemasSay(t *testing.T) {
	r := newEnvRepository(t)
	documents := func() {
		t.Helper()
		schematest.Validate(t, "envshow", []byte(r.run(show(EnvShowOptions{JSON: true})).want(t, failure.OK).out))
		for _, name := range []string{"local", "old"} {
			schematest.Validate(t, "envcheck", []byte(r.run(check(EnvCheckOptions{Env: name, JSON: true})).out))
		}
	}
	documents()
	r.env = append(r.env, "DB_PORT=1", "DEPLOY_HOST=server")
	documents()
	r.write("env/.env.old", "DB_PASSWORD='open\ncanary")
	r.write("compose/docker-compose.yml", "services: [")
	documents()
}

func TestShowTellsAPlainFileAndNoneFromAnEnvironment(t *testing.T) {
	r := newEnvRepository(t)
	if err := os.Remove(filepath.Join(r.dir, ".env")); err != nil {
		t.Fatal(err)
	}
	r.run(show(EnvShowOptions{})).want(t, failure.OK, "no environment is active", "default in compose/docker-compose.yml:4")
	r.run(check(EnvCheckOptions{})).want(t, failure.Preflight, "no environment is active", "mage env:local")
	r.write(".env", "DB_PASSWORD=canary-own\n")
	x := r.run(show(EnvShowOptions{})).want(t, failure.OK, ".env is a file of your own", ".env:1")
	r.run(rotate("DB_PASSWORD", "")).want(t, failure.Preflight, "-env=NAME")
	r.run(use("local")).want(t, failure.OK, "kept the former .env as .env.backup-20260506T120000Z")
	if strings.Contains(x.String(), "canary") {
		t.Errorf("a secret shows:\n%s", x)
	}
}

func TestExplainComparesALosersSecretAndTellsNeither(t *testing.T) {
	r := newEnvRepository(t)
	r.env = append(r.env, "DB_PASSWORD=canary-shell")
	x := r.run(explain("DB_PASSWORD")).want(t, failure.OK, "DB_PASSWORD is ****, by shell", "****, different")
	r.write("env/.env.local", strings.Replace(envLocal, "canary-local-1", "canary-shell", 1))
	y := r.run(explain("DB_PASSWORD")).want(t, failure.OK, "****, equal")
	if strings.Contains(x.String()+y.String(), "canary") {
		t.Errorf("a secret shows:\n%s%s", x, y)
	}
	r.write("env/.env.local", "")
	r.env = r.env[:2]
	r.run(explain("DB_PASSWORD")).want(t, failure.OK, "DB_PASSWORD is not set", "it has to have a value here", "what containers get is not known")
}

func TestASecretOfTheShellDoesNotShowInWhatIsMadeOfIt(t *testing.T) {
	r := newEnvRepository(t)
	r.write("compose/docker-compose.yml", envCompose+"      - PAIR=u/${DB_PASSWORD}\n      - LATER=${NOWHERE:-v/${DB_PASSWORD}}\n    env_file: api.env\n")
	r.write("compose/api.env", "FILED=w/$DB_PASSWORD\n")
	for _, password := range []string{"canary-shell", "canary"} {
		r.env = append(r.env[:2], "DB_PASSWORD="+password)
		for _, name := range []string{"DB_PASSWORD", "NOWHERE", "DATABASE_URL"} {
			if x := r.run(explain(name)).want(t, failure.OK, "****"); strings.Contains(x.String(), "canary") {
				t.Errorf("a secret shows:\n%s", x)
			}
		}
	}
	r.run(explain("DB_PASSWORD")).want(t, failure.OK, "FILED", "PAIR", "LATER")
	if x := r.run(show(EnvShowOptions{})).want(t, failure.OK, "NOWHERE"); strings.Contains(x.String(), "canary-shell") {
		t.Errorf("a secret shows:\n%s", x)
	}
}

func TestASecretComesByAPipeAndLosesOneLineBreak(t *testing.T) {
	r := newEnvRepository(t)
	r.in = "canary piped ' $x\n"
	r.run(set("DB_PASSWORD", "")).want(t, failure.OK, "DB_PASSWORD is set in env/.env.local")
	if text := r.read("env/.env.local"); !strings.Contains(text, "DB_PASSWORD=") || !strings.Contains(text, "canary piped") {
		t.Errorf("the file is\n%s", text)
	}
	r.in = "canary\n"
	r.env = append(r.env, "DB_PASSWORD=x")
	if x := r.run(set("DB_PASSWORD", "")).want(t, failure.OK, "the shell sets DB_PASSWORD as well, and wins"); strings.Contains(x.String(), "canary") {
		t.Errorf("a secret shows:\n%s", x)
	}
	r.run(set("DB_PASSWORD=", "")).want(t, failure.OK)
	r.in = strings.Repeat("x", mostValue+1)
	r.run(set("DB_PASSWORD", "")).want(t, failure.Usage, "longer than 1 MB")
}

func TestSyncAsksOnATerminal(t *testing.T) {
	r := newEnvRepository(t)
	before := r.read("env/.env.old")
	r.term, r.in = true, "n\n"
	r.run(syncEnv(EnvSyncOptions{Env: "old"})).want(t, failure.Refused, "+DB_IMAGE=postgres:16", "Add 5 variables to env/.env.old? [y/N]")
	if after := r.read("env/.env.old"); after != before {
		t.Errorf("changed without a yes:\n%s", after)
	}
	r.in = "y\n"
	r.run(syncEnv(EnvSyncOptions{Env: "old"})).want(t, failure.OK, "added 5 variables")
}

func TestCheckAsksGitWhereItIs(t *testing.T) {
	r := newEnvRepository(t)
	git := func(args ...string) {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", r.dir}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "-q")
	if x := r.run(check(EnvCheckOptions{})).want(t, failure.OK); strings.Contains(x.String(), "git") {
		t.Errorf("ignored, and yet:\n%s", x)
	}
	r.write(".gitignore", "")
	r.run(check(EnvCheckOptions{})).want(t, failure.OK, "git does not ignore this file")
	git("add", "env/.env.local")
	r.run(check(EnvCheckOptions{})).want(t, failure.Preflight, "git tracks this file", "1 error in env/.env.local")
	r.env[0] = "PATH=" + t.TempDir()
	r.run(check(EnvCheckOptions{})).want(t, failure.OK, "note: git is not installed")
}

func TestCheckFindsWhatOnlyComposeRefuses(t *testing.T) {
	r := newEnvRepository(t)
	r.write("compose/docker-compose.yml", envCompose+"    read_only: ${READ_ONLY:-maybe}\n")
	r.run(check(EnvCheckOptions{})).want(t, failure.Preflight, "compose/docker-compose.yml:15")
	r.write("env/.env.local", "DB_PASSWORD='canary\n")
	if x := r.run(check(EnvCheckOptions{})).want(t, failure.Preflight, "env/.env.local:1"); strings.Contains(x.String(), "canary") {
		t.Errorf("a secret shows:\n%s", x)
	}
}

func TestATemplateStartsFromTheComposeFilesAlone(t *testing.T) {
	r := newEnvRepository(t)
	if err := errors.Join(os.RemoveAll(filepath.Join(r.dir, "env")), os.Remove(filepath.Join(r.dir, ".env"))); err != nil {
		t.Fatal(err)
	}
	r.run(use("local")).want(t, failure.Preflight, "no template")
	r.run(template).want(t, failure.OK, "added 6 variables to env/.env.example: DB_IMAGE, DB_PASSWORD, LEVEL, DB_PORT, DATABASE_URL, COMPOSE_PROJECT_NAME")
	r.run(use("local")).want(t, failure.OK, "environment local is active")
	r.run(check(EnvCheckOptions{})).want(t, failure.OK)
}

func TestOfTwoSwitchesAtOnceOneWinsAndTheOtherSaysSo(t *testing.T) {
	r := newEnvRepository(t)
	first := r.run(func(_ context.Context, w *Workflow) error {
		l := w.layout()
		unlock, err := (&desk{w: w, layout: l, dirs: dirs(l)}).lockSwitch("env:dev")
		if err != nil {
			return err
		}
		defer unlock()
		r.run(use("old")).want(t, failure.Locked, "env:dev (pid ", "is switching the environment", "run mage env:use old again")
		return nil
	})
	first.want(t, failure.OK)
	if r.active() != "local" {
		t.Errorf("%s is active", r.active())
	}
	r.run(use("old")).want(t, failure.OK)
}

func TestHoweverManySwitchTheLastWinnerIsActive(t *testing.T) {
	r := newEnvRepository(t)
	var all sync.WaitGroup
	results := make([]told, 12)
	for i := range results {
		all.Go(func() { results[i] = r.run(use([]string{"local", "old"}[i%2])) })
	}
	all.Wait()
	won := map[string]bool{}
	for i, x := range results {
		switch failure.CodeOf(x.failed) {
		case failure.OK:
			won[[]string{"local", "old"}[i%2]] = true
		case failure.Locked:
		default:
			t.Errorf("neither won nor told: %s", x)
		}
	}
	if !won[r.active()] {
		t.Errorf("%s is active, which never won: %v", r.active(), won)
	}
}
