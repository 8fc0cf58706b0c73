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

// clock is an application with a service that writes when it starts and stops, on a
// volume that all releases share.
const clock = `
  api:
    image: lab/service:1
    x-spellbook: {role: app}
    environment: {BOOT: 100ms}
    ports: ["8000:8080"]
    stop_grace_period: 1s
    ` + stacktest.Health + `
  clock:
    image: lab/base:bookworm
    x-spellbook: {role: app, rollout: stop-first}
    command:
      - sh
      - -c
      - |
        trap 'sleep 0.3; echo "stop $$COLOUR" >>/log/lines; exit 0' TERM
        echo "start $$COLOUR" >>/log/lines
        if [ -n "$$FAIL" ]; then sleep 0.5; echo "stop $$COLOUR" >>/log/lines; exit 1; fi
        touch /tmp/ready
        while :; do sleep 0.1; done
    environment: {COLOUR: "${COLOUR:-red}", FAIL: "${FAIL:-}"}
    volumes: [log:/log]
    restart: always
    stop_grace_period: 5s
    healthcheck: {test: [CMD-SHELL, "test -e /tmp/ready"], interval: 1s}
volumes: {log: {}}
`

func TestWhatMustNotRunTwiceIsStoppedFirst(t *testing.T) {
	t.Parallel()
	l := newLive(t, "26", clock)
	lines := func() string {
		t.Helper()
		return strings.ReplaceAll(strings.TrimSpace(l.server.Exec("sh", "-c", "cat /var/lib/docker/volumes/shop_log/_data/lines")), "\n", ", ")
	}
	want := func(text string) {
		t.Helper()
		if got := lines(); got != text {
			t.Errorf("it wrote %s", got)
		}
	}
	l.deploy().Want(t, failure.OK)
	first := l.status().Release.ID
	want("start red")
	l.deploy("COLOUR=blue").Want(t, failure.OK)
	second := l.status().Release.ID
	want("start red, stop red, start blue")
	l.deploy("COLOUR=green", "FAIL=1").Want(t, failure.RolledBack).Says(t, "clock is not ready", "release "+second+" serves, as before")
	stacktest.Eventually(t, "the one before has started again", func() bool {
		return lines() == "start red, stop red, start blue, stop blue, start green, stop green, start blue"
	})
	if got := l.server.Docker("inspect", "--format", "{{.State.Status}} {{.HostConfig.RestartPolicy.Name}}", "shop-clock-"+second); got != "running always\n" {
		t.Errorf("the one before is %s", got)
	}
	l.answersOK()
	l.deploy("COLOUR=blue").Want(t, failure.OK).Says(t, "nothing to do")
	l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.Rollback(ctx, w, deploy.RollbackOptions{Env: "live", Yes: true})
	}).Want(t, failure.OK)
	l.serves(first)
	want("start red, stop red, start blue, stop blue, start green, stop green, start blue, stop blue, start red")
}

// answersOK wants that the application's port 8000 answers.
func (l *live) answersOK() {
	l.T.Helper()
	if got := get(l.T, "http://"+l.server.IP()+":8000/"); got != "ok\n" {
		l.T.Errorf("it answers %q", got)
	}
}
