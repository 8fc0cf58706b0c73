package infra_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// hooked writes down who stops it, where, and with what.
const hooked = `
  web:
    image: lab/postgres:15
    entrypoint: [sleep, infinity]
    init: true
    stop_grace_period: 1s
    volumes: ["./left:/left"]
    pre_stop:
      - {command: [sh, -c, 'echo "$$(id -un) in $$(pwd) $$WHY" >> /left/log'], user: postgres, working_dir: /etc, environment: {WHY: stopped}}
      - {command: [sh, -c, 'test ! -e /left/refuse || { echo "still busy" >&2; exit 9; }']}
`

func newHooked(t *testing.T) *stack {
	t.Helper()
	s := newStack(t, hooked)
	if err := os.Chmod(s.File("compose/left/log", ""), 0o666); err != nil { // for the container's user
		t.Fatal(err)
	}
	return s
}

// What stops a service runs its pre_stop hooks, as often as Compose does.
func TestHooksRunBeforeAServiceIsStopped(t *testing.T) {
	t.Parallel()
	s := newHooked(t)
	said := func() string {
		text := s.Read("compose/left/log")
		s.File("compose/left/log", "")
		return text
	}
	stop := func(w context.Context, r *app.Run) error { return infra.Stop(w, r, nil) }
	for name, both := range map[string]struct {
		theirs []string
		ours   func() stacktest.Result
	}{
		"stop": {[]string{"stop"}, func() stacktest.Result { return s.Run(stop) }},
		"restart": {[]string{"restart"}, func() stacktest.Result {
			return s.Run(func(ctx context.Context, w *app.Run) error { return infra.Restart(ctx, w, nil) })
		}},
		"new": {[]string{"up", "-d", "--force-recreate"}, func() stacktest.Result {
			return s.Run(func(ctx context.Context, w *app.Run) error { return infra.Recreate(ctx, w, []string{"web"}) })
		}},
		"down": {[]string{"down"}, func() stacktest.Result { return s.Down(infra.DownOptions{}) }},
	} {
		s.Compose("up", "-d")
		s.Compose(both.theirs...)
		theirs := said()
		s.Up(infra.UpOptions{}).Want(t, failure.OK)
		both.ours().Want(t, failure.OK)
		if ours := said(); ours != theirs {
			t.Errorf("%s: %q, with Compose %q", name, ours, theirs)
		}
	}
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Run(stop).Want(t, failure.OK)
	s.Run(stop).Want(t, failure.OK).Says(t, "nothing is running")
	if got := said(); got != "postgres in /etc stopped\n" {
		t.Errorf("the hook said %q", got)
	}
}

func TestAHookThatFailsKeepsItsServiceRunning(t *testing.T) {
	t.Parallel()
	s := newHooked(t)
	s.File("compose/left/refuse", "")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Down(infra.DownOptions{}).Want(t, failure.Unexpected).Says(t, "pre_stop hook ended with exit code 9", "still busy", "docker stop "+s.Name+"-web-1")
	if !s.Runs("web") {
		t.Error("it was stopped")
	}
	if hint := strings.Fields("stop " + s.Name + "-web-1"); stacktest.Docker(t, hint...) == "" || s.Runs("web") {
		t.Errorf("docker %v did not stop it", hint)
	}
	s.Down(infra.DownOptions{}).Want(t, failure.OK)
}
