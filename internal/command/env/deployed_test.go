package env

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestNoSecretsAreMadeUpForAnEnvironmentThatHasAServer(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Write("env/.env.example", strings.Replace(commandtest.EnvTemplate, "DEPLOY_HOST=", "DEPLOY_HOST=dev.example.org", 1))
	r.Run(useCall("dev")).Want(t, failure.Preflight, "the environment dev is deployed to dev.example.org", "mage deploy:env dev -pull", "DEPLOY_HOST= mage env:dev")
	if r.Exists("env/.env.dev") {
		t.Error("it has a file")
	}

	r.Run(useCall("test")).Want(t, failure.OK)
	if made := r.Read("env/.env.test"); !strings.Contains(made, "\nDEPLOY_HOST=\n") {
		t.Errorf("the server of dev is test's too:\n%s", made)
	}

	r.Env = append(r.Env, "DEPLOY_HOST=")
	r.Run(useCall("dev")).Want(t, failure.Preflight, "DEPLOY_HOST has no value") // says the template; the file is made
	if !strings.Contains(r.Read("env/.env.dev"), "\nDB_PASSWORD=") {
		t.Error("no secret was generated")
	}
}
