package deploy_test

import (
	"context"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func (l *live) setup(o deploy.SetupOptions) stacktest.Result {
	l.T.Helper()
	o.Env = "live"
	return l.with(nil, func(ctx context.Context, w *app.Run) error { return deploy.Setup(ctx, w, o) })
}

// asUser has DEPLOY_HOST name another user of the server.
func (l *live) asUser(user string) {
	l.T.Helper()
	l.environment("500ms")
	l.File("env/.env.live", strings.Replace(l.Read("env/.env.live"), "DEPLOY_HOST=", "DEPLOY_HOST="+user+"@", 1))
}

// A server of the lab whose engine is taken away: its first process starts one again
// as soon as there is one.
func TestABareServerIsMadeReady(t *testing.T) {
	t.Parallel()
	l := newLive(t, "20.10", web)
	l.setup(deploy.SetupOptions{}).Want(t, failure.OK).Says(t, "engine", "deploy may use it", " is ready: mage deploy:to live")
	l.server.Exec("sh", "-c", `echo '{"log-level": "warn"}' >/tmp/daemon.json; apt-get purge -q -y docker.io >&2; pkill -x dockerd; rm -rf /etc/docker; mkdir /etc/docker; mv /tmp/daemon.json /etc/docker/; gpasswd -d deploy docker >&2 || true`)

	before := l.server.Exec("sh", "-c", "cat /etc/docker/daemon.json; ls -A /home/deploy")
	l.setup(deploy.SetupOptions{}).Want(t, failure.Preflight).Says(t, "there is no command docker", "deploy has to be root on", "usermod -aG docker deploy", "apt-get install")
	l.deploy().Want(t, failure.Preflight)
	l.asUser("root")
	l.setup(deploy.SetupOptions{Dry: true}).Want(t, failure.OK).Says(t, "to be done on", "as root", "install the engine")
	l.setup(deploy.SetupOptions{}).Want(t, failure.Refused).Says(t, "needs a yes")
	if after := l.server.Exec("sh", "-c", "cat /etc/docker/daemon.json; ls -A /home/deploy"); after != before {
		t.Errorf("looking has changed\n%s\nto\n%s", before, after)
	}

	l.setup(deploy.SetupOptions{Yes: true}).Want(t, failure.OK).Says(t, "after that:", " is ready: mage deploy:to live")
	if got := l.server.Exec("cat", "/etc/docker/daemon.json"); !strings.Contains(got, `"log-level": "warn"`) || !strings.Contains(got, `"live-restore": true`) {
		t.Errorf("the engine's configuration is %s", got)
	}
	l.environment("500ms") // deploy again, who is in no group yet
	r := l.setup(deploy.SetupOptions{}).Want(t, failure.Preflight).Says(t, "deploy may not use the engine's socket", "usermod -aG docker deploy")
	l.server.Exec("sh", "-c", strings.TrimSpace(lineWith(r.All(), "usermod")))
	l.setup(deploy.SetupOptions{}).Want(t, failure.OK).Says(t, "is ready")
	l.deploy().Want(t, failure.OK)
}

// lineWith is the first line with a word.
func lineWith(text, word string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, word) {
			return line
		}
	}
	return ""
}
