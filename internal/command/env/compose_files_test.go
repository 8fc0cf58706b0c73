package env

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

const ownFile = "services: {api: {labels: {own: \"1\"}}}\n"

func TestCheckNamesTheComposeFilesThatAPlainComposeDoesNotRead(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Write("compose/docker-compose.local.yml", ownFile)
	x := r.Run(checkCall(CheckOptions{}))
	const set = "COMPOSE_FILE=compose/docker-compose.yml:compose/docker-compose.local.yml"
	if text := x.String(); !strings.Contains(text, "does not read compose/docker-compose.local.yml") || !strings.Contains(text, "mage env:set "+set+" -env=local") {
		t.Errorf("env:check says\n%s", text)
	}
	schematest.Validate(t, "envcheck", []byte(r.Run(checkCall(CheckOptions{JSON: true})).Out))
	r.Run(setCall(set, "local")).Want(t, failure.OK)
	if text := r.Run(checkCall(CheckOptions{})).String(); strings.Contains(text, "a plain docker compose") {
		t.Errorf("it says so still:\n%s", text)
	}
	r.Write("compose/compose.override.yml", ownFile)
	text := r.Run(checkCall(CheckOptions{})).String()
	if !strings.Contains(text, "does not name compose/compose.override.yml: nobody reads it") || !strings.Contains(text, "mage env:set "+set+":compose/compose.override.yml -env=local") {
		t.Errorf("env:check says\n%s", text)
	}
}

func TestTheFilesThatTheShellNamesAreLayers(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Write("a.env", "DB_PORT=1\nDB_PASSWORD=canary-of-a\n")
	r.Write("b.env", "\nDB_PORT=2\n")
	r.Write("compose/two.yml", ownFile)
	r.Env = append(r.Env, "COMPOSE_ENV_FILES=a.env,b.env", "COMPOSE_FILE=compose/docker-compose.yml:compose/two.yml")
	x := r.Run(explainCall("DB_PORT")).Want(t, failure.OK, "DB_PORT is 2, by b.env:2", "a.env:1")
	if strings.Contains(x.String(), "env/.env.local") {
		t.Errorf("the environment's file is a layer, and is not read:\n%s", x)
	}
	r.Run(explainCall("COMPOSE_FILE")).Want(t, failure.OK, "compose/two.yml, by shell")
	if x := r.Run(explainCall("DB_PASSWORD")); strings.Contains(x.String(), "canary-of-a") {
		t.Errorf("a secret of a file that the shell names is shown:\n%s", x)
	}
	r.Env = append(r.Env, "COMPOSE_ENV_FILES=a.env,gone.env")
	r.Run(checkCall(CheckOptions{})).Want(t, failure.Preflight, "COMPOSE_ENV_FILES", "gone.env", "unset COMPOSE_ENV_FILES")
}

func TestTheDotenvBesideTheComposeFilesIsALayer(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Write("compose/.env", "LEVEL=weak\nBESIDE=1\n")
	r.Run(explainCall("BESIDE")).Want(t, failure.OK, "BESIDE is 1, by compose/.env:2")
	r.Run(explainCall("LEVEL")).Want(t, failure.OK, "LEVEL is empty, by env/.env.local:5", "compose/.env:1")
}
