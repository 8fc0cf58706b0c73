package workflow

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// including is a repository with a part that has env files of its own.
func includingRepository(t *testing.T, entry string) *envRepository {
	t.Helper()
	r := newEnvRepository(t)
	r.write("compose/docker-compose.yml", "include:\n  - "+entry+"\n"+strings.TrimPrefix(envCompose, "name: demo\n"))
	r.write("compose/part/compose.yml", `services:
  inner:
    image: x
    environment: {PORT: "${DB_PORT}", OWN: "${OWN:-default}", NEEDS: "${NEEDS:?is not set}", JOINED: "a/${PART_PASSWORD}"}
`)
	r.write("compose/part/own.env", "DB_PORT=1\nOWN=of-own-env\nNEEDS=x\nPART_PASSWORD=canary\n")
	return r
}

func TestExplainTellsOfTheEnvFilesOfAnInclude(t *testing.T) {
	r := includingRepository(t, "{path: part/compose.yml, env_file: part/own.env}")
	r.run(explain("OWN")).want(t, failure.OK, "OWN is set in included files only, by their env files",
		"include", "compose/part/own.env:2", "in compose/part/compose.yml only", "compose/part/own.env:2 holds: of-own-env")
	r.run(explain("DB_PORT")).want(t, failure.OK, "DB_PORT is 5433, by env/.env.local:2", "compose/part/own.env:1")
	if x := r.run(explain("PART_PASSWORD")).want(t, failure.OK, "****", "JOINED"); strings.Contains(x.String(), "canary") {
		t.Errorf("a secret shows:\n%s", x)
	}
	x := r.run(check(EnvCheckOptions{})).want(t, failure.OK)
	if strings.Contains(x.String(), "NEEDS") || strings.Contains(x.String(), "OWN") {
		t.Errorf("what the include has is missed:\n%s", x)
	}
}

func TestExplainTellsOfTheDotEnvBesideAnIncludedFile(t *testing.T) {
	r := includingRepository(t, "part/compose.yml")
	r.write("compose/part/.env", "OWN=of-dot-env\nNEEDS=x\n")
	r.run(explain("OWN")).want(t, failure.OK, "compose/part/.env:1 holds: of-dot-env")
	r.env = append(r.env, "OWN=of-the-shell")
	r.run(explain("OWN")).want(t, failure.OK, "OWN is of-the-shell, by shell", "compose/part/.env:1")
}
