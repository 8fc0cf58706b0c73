package env

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// including is a repository with a part that has env files of its own.
func includingRepository(t *testing.T, entry string) *commandtest.Repository {
	t.Helper()
	r := commandtest.NewRepository(t)
	r.Write("compose/docker-compose.yml", "include:\n  - "+entry+"\n"+strings.TrimPrefix(commandtest.EnvCompose, "name: demo\n"))
	r.Write("compose/part/compose.yml", `services:
  inner:
    image: x
    environment: {PORT: "${DB_PORT}", OWN: "${OWN:-default}", NEEDS: "${NEEDS:?is not set}", JOINED: "a/${PART_PASSWORD}"}
`)
	r.Write("compose/part/own.env", "DB_PORT=1\nOWN=of-own-env\nNEEDS=x\nPART_PASSWORD=canary\n")
	return r
}

func TestExplainTellsOfTheEnvFilesOfAnInclude(t *testing.T) {
	r := includingRepository(t, "{path: part/compose.yml, env_file: part/own.env}")
	r.Run(explainCall("OWN")).Want(t, failure.OK, "OWN is set in included files only, by their env files",
		"include", "compose/part/own.env:2", "in compose/part/compose.yml only", "compose/part/own.env:2 holds: of-own-env")
	r.Run(explainCall("DB_PORT")).Want(t, failure.OK, "DB_PORT is 5433, by env/.env.local:2", "compose/part/own.env:1")
	if x := r.Run(explainCall("PART_PASSWORD")).Want(t, failure.OK, "****", "JOINED"); strings.Contains(x.String(), "canary") {
		t.Errorf("a secret shows:\n%s", x)
	}
	x := r.Run(checkCall(CheckOptions{})).Want(t, failure.OK)
	if strings.Contains(x.String(), "NEEDS") || strings.Contains(x.String(), "OWN") {
		t.Errorf("what the include has is missed:\n%s", x)
	}
}

func TestExplainTellsOfTheDotEnvBesideAnIncludedFile(t *testing.T) {
	r := includingRepository(t, "part/compose.yml")
	r.Write("compose/part/.env", "OWN=of-dot-env\nNEEDS=x\n")
	r.Run(explainCall("OWN")).Want(t, failure.OK, "compose/part/.env:1 holds: of-dot-env")
	r.Env = append(r.Env, "OWN=of-the-shell")
	r.Run(explainCall("OWN")).Want(t, failure.OK, "OWN is of-the-shell, by shell", "compose/part/.env:1")
}
