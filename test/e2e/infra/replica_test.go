package infra_test

import (
	"context"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// Of several containers of a service it is told which is not ready, and the command
// that is told to be typed runs in that one.
func TestTheReplicaThatIsNotReadyIsNamed(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  web:
    image: lab/postgres:15
    entrypoint: [sleep, infinity]
    init: true
    scale: 3
    stop_grace_period: 1s
    healthcheck: {test: [CMD-SHELL, "test ! -e /tmp/sick || { hostname; exit 1; }"], interval: 1s, retries: 1}
`)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	second := s.Name + "-web-2"
	stacktest.Docker(t, "exec", second, "touch", "/tmp/sick")
	stacktest.Eventually(t, "it is unhealthy", func() bool { return s.Status(false).Code == failure.NotReady })
	s.Status(false).Want(t, failure.NotReady).Says(t, "replica 2")
	var doc report.Status
	s.Decode("status", s.Status(true).Out, &doc)
	if got := doc.Services[0].Container; got != second {
		t.Errorf("the document names %q", got)
	}
	hint := "mage infra:exec " + second + ` "test ! -e /tmp/sick || { hostname; exit 1; }"`
	s.Up(infra.UpOptions{}).Want(t, failure.NotReady).Says(t, "✖ "+second+" is unhealthy", hint)
	r := s.Run(func(ctx context.Context, w *app.Run) error {
		return infra.Exec(ctx, w, second, "test ! -e /tmp/sick || { hostname; exit 1; }")
	})
	if r.Code != 1 || r.Out != stacktest.Docker(t, "exec", second, "hostname") {
		t.Errorf("exit code %d: %q", r.Code, r.Out)
	}
	stacktest.Docker(t, "exec", second, "rm", "/tmp/sick")
	stacktest.Eventually(t, "it is well again", func() bool { return s.Status(false).Code == failure.OK })
	s.Settled()
}
