package deploy_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/deploytest"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// An engine that has a loopback of its own, as in a virtual machine, and another kind
// of store than this machine's: what it deployed is to this one nothing new.
func TestAnEngineThatDoesNotShareThisMachinesLoopbackIsDeployedFrom(t *testing.T) {
	t.Parallel()
	l := newShop(t, "20.10")
	other := deploytest.NewServer(t, "26-containerd")
	other.Load("lab/service:1", "lab/haproxy:2.6")
	config := filepath.Join(l.server.Dir, "config")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	text = append([]byte("Include "+filepath.Join(other.Dir, "config")+"\n"), text...)
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}

	l.deploy("DOCKER_HOST=ssh://"+other.Host).Want(t, failure.OK).Says(t, "the first release")
	l.serves(l.status().Release.ID)
	l.deploy().Want(t, failure.OK).Says(t, "nothing to do")
}

// page is an application that is built.
const page = `
  page:
    build: {context: ./page}
    environment: {BOOT: 10ms, SOCKET_ONLY_INIT: 10ms}
    ports: ["8000:8080"]
    ` + stacktest.Health + `
`

func TestAServersEngineBuilds(t *testing.T) {
	t.Parallel()
	l := newLive(t, "26", page)
	l.server.Load("lab/service:1")
	l.File("compose/page/Dockerfile", "FROM lab/service:1\nCOPY text /text\n")
	l.File("compose/page/text", "one\n")
	l.File("env/.env.live", l.Read("env/.env.live")+"DEPLOY_BUILD=remote\n")
	images := func() string { return stacktest.Docker(t, "images", "-q", "--filter", "reference="+l.Name+"-page") }

	l.deploy().Want(t, failure.OK).Says(t, "the first release")
	first := l.status().Release.ID
	l.deploy().Want(t, failure.OK).Says(t, "nothing to do")
	l.File("compose/page/text", "two\n")
	l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.Plan(ctx, w, deploy.PlanOptions{Env: "live"})
	}).
		Want(t, failure.OK).Says(t, "image of page: to be built")
	l.deploy().Want(t, failure.OK).Says(t, "page: image")
	if now := l.status().Release.ID; now == first {
		t.Error("the release before serves")
	}
	if text := l.server.Docker("cp", "shop-page-"+l.status().Release.ID+":/text", "-"); !strings.Contains(text, "two\n") {
		t.Errorf("the image is of %q", text)
	}
	if here := images(); here != "" {
		t.Errorf("this machine's engine has %s", here)
	}
}
