package deploy_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// forwardsNothing has the server's sshd refuse tunnels, to ports and to sockets.
func (l *live) forwardsNothing() {
	l.T.Helper()
	l.server.Exec("sh", "-c", "echo AllowTcpForwarding no >/etc/ssh/sshd_config.d/none.conf; pkill -HUP -o -x sshd")
}

func TestAServerThatForwardsNothingIsDeployedToWithoutAFailedRequest(t *testing.T) {
	t.Parallel()
	l := newLive(t, "26", crew)
	l.forwardsNothing()
	l.setup(deploy.SetupOptions{}).Want(t, failure.OK).Says(t, "sshd refuses to forward", " is ready: mage deploy:to live")
	l.deploy().Want(t, failure.OK).Says(t, "the first release")
	first := l.current()
	tr := l.traffic()
	l.deploy("COLOUR=blue").Want(t, failure.OK).Says(t, "api: definition")
	l.serves(l.current())
	l.with([]string{"COLOUR=blue"}, func(ctx context.Context, w *app.Run) error {
		return deploy.Drift(ctx, w, deploy.StatusOptions{Env: "live"})
	}).Want(t, failure.OK)
	l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.Rollback(ctx, w, deploy.RollbackOptions{Env: "live", Yes: true})
	}).Want(t, failure.OK)
	l.serves(first)
	tr.none(t)
	l.maintenance(deploy.MaintenanceOptions{On: true}).Want(t, failure.OK)
	if got := l.code(); got != http.StatusServiceUnavailable {
		t.Errorf("in maintenance it answers %d", got)
	}
	l.with(nil, func(ctx context.Context, w *app.Run) error {
		return remote.Forward(ctx, w, remote.ForwardOptions{Env: "live", Services: []string{"api"}})
	}).Want(t, failure.Preflight).Says(t, "permits no tunnel to api", "AllowTcpForwarding yes")
}
