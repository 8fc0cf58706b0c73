package env

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

func TestSecretsAreRevealedOnlyToSomebodyAtATerminalWhoSaysYes(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.In = "y\n"
	r.Run(showCall(ShowOptions{Reveal: true})).Want(t, failure.Refused)
	r.Term, r.In = true, "n\n"
	if x := r.Run(showCall(ShowOptions{Reveal: true, JSON: true})).Want(t, failure.Refused); strings.Contains(x.String(), "canary") {
		t.Errorf("shown without a yes:\n%s", x)
	}
	r.In = "y\n"
	r.Run(showCall(ShowOptions{Reveal: true})).Want(t, failure.OK, "canary-local-1", "Show all secrets in plain text? [y/N]")
	x := r.Run(showCall(ShowOptions{Reveal: true, JSON: true})).Want(t, failure.OK, "canary-local-1", `"revealed": true`)
	schematest.Validate(t, "envshow", []byte(x.Out))
}

func TestEnvDocumentsAreWhatTheirSchemasSay(t *testing.T) {
	r := commandtest.NewRepository(t)
	documents := func() {
		t.Helper()
		schematest.Validate(t, "envshow", []byte(r.Run(showCall(ShowOptions{JSON: true})).Want(t, failure.OK).Out))
		for _, name := range []string{"local", "old"} {
			schematest.Validate(t, "envcheck", []byte(r.Run(checkCall(CheckOptions{Env: name, JSON: true})).Out))
		}
	}
	documents()
	r.Env = append(r.Env, "DB_PORT=1", "DEPLOY_HOST=server")
	documents()
	r.Write("env/.env.old", "DB_PASSWORD='open\ncanary")
	r.Write("compose/docker-compose.yml", "services: [")
	documents()
}

func TestShowTellsAPlainFileAndNoneFromAnEnvironment(t *testing.T) {
	r := commandtest.NewRepository(t)
	if err := os.Remove(filepath.Join(r.Dir, ".env")); err != nil {
		t.Fatal(err)
	}
	r.Run(showCall(ShowOptions{})).Want(t, failure.OK, "no environment is active", "default in compose/docker-compose.yml:4")
	r.Run(checkCall(CheckOptions{})).Want(t, failure.Preflight, "no environment is active", "mage env:local")
	r.Write(".env", "DB_PASSWORD=canary-own\n")
	x := r.Run(showCall(ShowOptions{})).Want(t, failure.OK, ".env is a file of your own", ".env:1")
	r.Run(rotateCall("DB_PASSWORD", "")).Want(t, failure.Preflight, "-env=NAME")
	r.Run(useCall("local")).Want(t, failure.OK, "kept the former .env as .env.backup-20260506T120000Z")
	if strings.Contains(x.String(), "canary") {
		t.Errorf("a secret shows:\n%s", x)
	}
}

func TestExplainComparesALosersSecretAndTellsNeither(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Env = append(r.Env, "DB_PASSWORD=canary-shell")
	x := r.Run(explainCall("DB_PASSWORD")).Want(t, failure.OK, "DB_PASSWORD is ****, by shell", "****, different")
	r.Write("env/.env.local", strings.Replace(commandtest.EnvLocal, "canary-local-1", "canary-shell", 1))
	y := r.Run(explainCall("DB_PASSWORD")).Want(t, failure.OK, "****, equal")
	if strings.Contains(x.String()+y.String(), "canary") {
		t.Errorf("a secret shows:\n%s%s", x, y)
	}
	r.Write("env/.env.local", "")
	r.Env = r.Env[:2]
	r.Run(explainCall("DB_PASSWORD")).Want(t, failure.OK, "DB_PASSWORD is not set", "it has to have a value here", "what containers get is not known")
}

func TestASecretOfTheShellDoesNotShowInWhatIsMadeOfIt(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Write("compose/docker-compose.yml", commandtest.EnvCompose+"      - PAIR=u/${DB_PASSWORD}\n      - LATER=${NOWHERE:-v/${DB_PASSWORD}}\n    env_file: api.env\n")
	r.Write("compose/api.env", "FILED=w/$DB_PASSWORD\n")
	for _, password := range []string{"canary-shell", "canary"} {
		r.Env = append(r.Env[:2], "DB_PASSWORD="+password)
		for _, name := range []string{"DB_PASSWORD", "NOWHERE", "DATABASE_URL"} {
			if x := r.Run(explainCall(name)).Want(t, failure.OK, "****"); strings.Contains(x.String(), "canary") {
				t.Errorf("a secret shows:\n%s", x)
			}
		}
	}
	r.Run(explainCall("DB_PASSWORD")).Want(t, failure.OK, "FILED", "PAIR", "LATER")
	if x := r.Run(showCall(ShowOptions{})).Want(t, failure.OK, "NOWHERE"); strings.Contains(x.String(), "canary-shell") {
		t.Errorf("a secret shows:\n%s", x)
	}
}

func TestASecretComesByAPipeAndLosesOneLineBreak(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.In = "canary piped ' $x\n"
	r.Run(setCall("DB_PASSWORD", "")).Want(t, failure.OK, "DB_PASSWORD is set in env/.env.local")
	if text := r.Read("env/.env.local"); !strings.Contains(text, "DB_PASSWORD=") || !strings.Contains(text, "canary piped") {
		t.Errorf("the file is\n%s", text)
	}
	r.In = "canary\n"
	r.Env = append(r.Env, "DB_PASSWORD=x")
	if x := r.Run(setCall("DB_PASSWORD", "")).Want(t, failure.OK, "the shell sets DB_PASSWORD as well, and wins"); strings.Contains(x.String(), "canary") {
		t.Errorf("a secret shows:\n%s", x)
	}
	r.Run(setCall("DB_PASSWORD=", "")).Want(t, failure.OK)
	r.In = strings.Repeat("x", app.MaxValue+1)
	r.Run(setCall("DB_PASSWORD", "")).Want(t, failure.Usage, "longer than 1 MB")
}

func TestSyncAsksOnATerminal(t *testing.T) {
	r := commandtest.NewRepository(t)
	before := r.Read("env/.env.old")
	r.Term, r.In = true, "n\n"
	r.Run(syncCall(SyncOptions{Env: "old"})).Want(t, failure.Refused, "+DB_IMAGE=postgres:16", "Add 4 variables to env/.env.old? [y/N]")
	if after := r.Read("env/.env.old"); after != before {
		t.Errorf("changed without a yes:\n%s", after)
	}
	r.In = "y\n"
	r.Run(syncCall(SyncOptions{Env: "old"})).Want(t, failure.OK, "added 4 variables")
}

// A line NAME= would take away the default of a Compose file, or what the shell passes on.
func TestSyncAndCheckLeaveWhatIsEmptyToTheDefaultsOfTheComposeFiles(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Write("compose/docker-compose.yml", "services:\n  db:\n    image: db:1\n    environment:\n      - A=${A-one}\n      - B=${B:-two}\n      - C\n      - D=$D\n      - E=${E-five}\n      - F=${F:-six}\n")
	r.Write("env/.env.example", "A=\nB=\nC=\n# Nobody has a value for it.\nD=\n# [required]\nE=\nF=7\n")
	r.Write("env/.env.old", "X=1\n")
	if x := r.Run(syncCall(SyncOptions{Env: "old", Dry: true})).Want(t, failure.OK, "+D=\n", "+E=\n", "+F=7\n"); strings.Contains(x.Out, "+A=") || strings.Contains(x.Out, "+B=") || strings.Contains(x.Out, "+C=") {
		t.Errorf("a default is taken away:\n%s", x)
	}
	x := r.Run(checkCall(CheckOptions{Env: "old"}))
	if strings.Contains(x.Out, "A is in the template and not in this file") || !strings.Contains(x.Out, "D is in the template and not in this file") {
		t.Errorf("the check does not say what env:sync does:\n%s", x)
	}
	r.Run(syncCall(SyncOptions{Env: "old", Yes: true})).Want(t, failure.OK, "added 3 variables")
	if got := r.Read("env/.env.old"); strings.Contains(got, "A=") {
		t.Errorf("the file is\n%s", got)
	}
}

func TestCheckAsksGitWhereItIs(t *testing.T) {
	r := commandtest.NewRepository(t)
	git := func(args ...string) {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", r.Dir}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "-q")
	if x := r.Run(checkCall(CheckOptions{})).Want(t, failure.OK); strings.Contains(x.String(), "git") {
		t.Errorf("ignored, and yet:\n%s", x)
	}
	r.Write(".gitignore", "")
	r.Run(checkCall(CheckOptions{})).Want(t, failure.OK, "git does not ignore this file")
	git("add", "env/.env.local")
	r.Run(checkCall(CheckOptions{})).Want(t, failure.Preflight, "git tracks this file", "1 error in env/.env.local")
	r.Env[0] = "PATH=" + t.TempDir()
	r.Run(checkCall(CheckOptions{})).Want(t, failure.OK, "note: git is not installed")
}

func TestCheckFindsWhatOnlyComposeRefuses(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Write("compose/docker-compose.yml", commandtest.EnvCompose+"    read_only: ${READ_ONLY:-maybe}\n")
	r.Run(checkCall(CheckOptions{})).Want(t, failure.Preflight, "compose/docker-compose.yml:15")
	r.Write("env/.env.local", "DB_PASSWORD='canary\n")
	if x := r.Run(checkCall(CheckOptions{})).Want(t, failure.Preflight, "env/.env.local:1"); strings.Contains(x.String(), "canary") {
		t.Errorf("a secret shows:\n%s", x)
	}
}

func TestATemplateStartsFromTheComposeFilesAlone(t *testing.T) {
	r := commandtest.NewRepository(t)
	if err := errors.Join(os.RemoveAll(filepath.Join(r.Dir, "env")), os.Remove(filepath.Join(r.Dir, ".env"))); err != nil {
		t.Fatal(err)
	}
	r.Run(useCall("local")).Want(t, failure.Preflight, "no template")
	r.Run(templateCall).Want(t, failure.OK, "added 6 variables to env/.env.example: DB_IMAGE, DB_PASSWORD, LEVEL, DB_PORT, DATABASE_URL, COMPOSE_PROJECT_NAME")
	r.Run(useCall("local")).Want(t, failure.OK, "environment local is active")
	r.Run(checkCall(CheckOptions{})).Want(t, failure.OK)
}

func TestOfTwoSwitchesAtOnceOneWinsAndTheOtherSaysSo(t *testing.T) {
	r := commandtest.NewRepository(t)
	first := r.Run(func(_ context.Context, w *app.Run) error {
		l := w.ProjectLayout()
		unlock, err := lockSwitch((&load.EnvContext{Run: w, Layout: l, Dirs: app.EnvDirs(l)}), "env:dev")
		if err != nil {
			return err
		}
		defer unlock()
		r.Run(useCall("old")).Want(t, failure.Locked, "env:dev (pid ", "is switching the environment", "run mage env:use old again")
		return nil
	})
	first.Want(t, failure.OK)
	if r.Active() != "local" {
		t.Errorf("%s is active", r.Active())
	}
	r.Run(useCall("old")).Want(t, failure.OK)
}

func TestHoweverManySwitchTheLastWinnerIsActive(t *testing.T) {
	r := commandtest.NewRepository(t)
	var all sync.WaitGroup
	results := make([]commandtest.Output, 12)
	for i := range results {
		all.Go(func() { results[i] = r.Run(useCall([]string{"local", "old"}[i%2])) })
	}
	all.Wait()
	won := map[string]bool{}
	for i, x := range results {
		switch failure.CodeOf(x.Failed) {
		case failure.OK:
			won[[]string{"local", "old"}[i%2]] = true
		case failure.Locked:
		default:
			t.Errorf("neither won nor told: %s", x)
		}
	}
	if !won[r.Active()] {
		t.Errorf("%s is active, which never won: %v", r.Active(), won)
	}
}
