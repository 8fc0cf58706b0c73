package deploy_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// The hooks are targets of the compiled binary, behind a script that notes what is in
// their environment. The image that is deployed is the engine's of another machine,
// as one in a virtual machine is.
func TestTargetsOfTheProjectRunBesideADeployment(t *testing.T) {
	t.Parallel()
	l := newShop(t, "20.10")
	program := l.File("program", "#!/bin/sh\n[ \"$1\" = -h ] || env | grep ^SPELLBOOK_DEPLOY >> "+l.Dir+"/noted\nexec "+stacktest.Binary(t)+" \"$@\"\n")
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	hooks := func(text string) {
		l.File("compose/docker-compose.live.yml", "services: {}\nx-spellbook: {hooks: {"+text+"}}\n")
	}
	run := func(environ ...string) stacktest.Result {
		t.Helper()
		_ = os.Remove(l.Dir + "/noted")
		return l.with(environ, func(ctx context.Context, w *app.Run) error {
			w.Program = program
			return deploy.To(ctx, w, deploy.Options{Env: "live", Yes: true})
		})
	}
	noted := func(want ...string) {
		t.Helper()
		text, _ := os.ReadFile(l.Dir + "/noted")
		for _, one := range want {
			if !strings.Contains(string(text), one+"\n") {
				t.Errorf("no %s in the environment of\n%s", one, text)
			}
		}
	}

	hooks("post-deploy: 'deploy:statsu live'")
	run().Want(t, failure.Preflight).Says(t, "there is no target deploy:statsu for post-deploy", "mage -l")
	hooks("post-deploy: env") // a namespace, which -h knows too
	run().Want(t, failure.Preflight).Says(t, "there is no target env for post-deploy")
	hooks("pre-deploy: env:nothing")
	run().Want(t, failure.Preflight)
	hooks("pre-deploy: 'env:show nowhere'")
	run().Want(t, failure.Unexpected).Says(t, "pre-deploy: mage env:show nowhere ended with exit code")
	if id := l.status().Release; id != nil {
		t.Fatalf("%s serves, although pre-deploy failed", id.ID)
	}

	hooks("pre-deploy: 'deploy:lock live', post-deploy: ['deploy:status live', 'env:list'], failed: env:list")
	run().Want(t, failure.OK).Says(t, "pre-deploy: mage deploy:lock live", "deploy:to live", "post-deploy: mage env:list")
	first := l.status().Release.ID
	noted("SPELLBOOK_DEPLOY_HOOK=pre-deploy", "SPELLBOOK_DEPLOY_RESULT=", "SPELLBOOK_DEPLOY_ACTION=deploy",
		"SPELLBOOK_DEPLOY_HOOK=post-deploy", "SPELLBOOK_DEPLOY_RESULT=ok", "SPELLBOOK_DEPLOY_RELEASE="+first)
	run("CRASH=200ms").Want(t, failure.RolledBack).Says(t, "failed: mage env:list")
	noted("SPELLBOOK_DEPLOY_HOOK=failed", "SPELLBOOK_DEPLOY_RESULT=failed", "SPELLBOOK_DEPLOY_FROM="+first)
	l.serves(first)

	l.File("compose/docker-compose.live.yml", "services: {api: {mem_reservation: 900g}}\n")
	run().Want(t, failure.Preflight).Says(t, "beside the one that serves (api, worker)", "rollout: stop-first")

	hooks("post-deploy: 'env:show nowhere'")
	run("COLOUR=blue").Want(t, failure.Unexpected).Says(t, "post-deploy: mage env:show nowhere", "serves all the same")
	if now := l.status().Release.ID; now == first {
		t.Error("the release before serves, although only post-deploy failed")
	}
}
