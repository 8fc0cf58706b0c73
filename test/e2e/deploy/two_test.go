package deploy_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/server"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// colleague is another checkout for the same server, of somebody with another home.
func (l *live) colleague() *live {
	l.T.Helper()
	other := &live{Stack: stacktest.New(l.T, crew), server: l.server}
	other.Env = append(other.Env, "PATH="+l.server.Path, "HOME="+l.T.TempDir(), "XDG_CONFIG_HOME="+l.T.TempDir())
	other.environment("500ms")
	return other
}

func (l *live) waiting(environ ...string) stacktest.Result {
	l.T.Helper()
	return l.with(environ, func(ctx context.Context, w *app.Run) error {
		return deploy.To(ctx, w, deploy.Options{Env: "live", Yes: true, Wait: true})
	})
}

func TestOfTwoDevelopersOneDeploysAndTheOtherIsToldOrWaits(t *testing.T) {
	t.Parallel()
	anna := newLive(t, "26", crew)
	bert := anna.colleague()
	anna.deploy("COLOUR=first").Want(t, failure.OK)
	first := anna.current()
	if r := bert.deploy("COLOUR=first").Want(t, failure.OK); !strings.Contains(r.Out, "nothing to do") {
		t.Errorf("the same from another checkout is something else:\n%s", r.All())
	}

	anna.environment("4s")
	ended := make(chan stacktest.Result, 1)
	go func() { ended <- anna.deploy("COLOUR=anna") }()
	stacktest.Eventually(t, "anna holds the lock", func() bool { return strings.Contains(anna.server.Run("ls -A spellbook/shop/.spellbook"), "lock") })
	bert.deploy("COLOUR=bert").Want(t, failure.Locked).Says(t, "the lock of this environment is held by deploy:to live", "mage deploy:lock live")
	if now := anna.current(); now != first {
		t.Logf("anna's release served already")
	}
	bert.waiting("COLOUR=bert").Want(t, failure.OK).Says(t, "waiting for deploy:to live")
	(<-ended).Want(t, failure.OK)

	history := strings.Split(strings.TrimSpace(anna.server.Run("cat spellbook/shop/audit.jsonl")), "\n")
	if len(history) != 3 {
		t.Fatalf("the log has\n%s", strings.Join(history, "\n"))
	}
	before := ""
	for _, line := range history { // each began where the one before had ended
		var e server.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.From != before || e.Result != "ok" {
			t.Errorf("after %q there is %s", before, line)
		}
		before = e.Release
	}
	if !strings.HasPrefix(get(t, "http://"+anna.server.IP()+":8000/release"), "bert ") {
		t.Error("bert's release does not serve")
	}
	anna.noOrphans()
}
