package deploy_test

import (
	"context"
	"strings"
	"syscall"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// What is told of a release that was interrupted holds once it is removed: nothing of it
// runs, and where it says how to read its logs there are some.
func anInterruptedDeploymentSaysWhatIsTrue(t *testing.T, l *live) {
	before := l.Env
	defer func() { l.Env = before }()
	l.Env = append(l.Env[:len(l.Env):len(l.Env)], "COLOUR=violet")
	for _, at := range []string{"creating (release", "started (never started)"} {
		g := l.Start(nil, func(ctx context.Context, w *app.Run) error {
			return deploy.To(ctx, w, deploy.Options{Env: "live", Yes: true})
		})
		g.Err.AwaitText(t, at)
		g.Signals <- syscall.SIGTERM
		code, text := g.Wait(t), g.Out.String()+g.Err.String()
		if code != int(failure.Terminated) || strings.Contains(text, "still running") {
			t.Errorf("at %q: code %d\n%s", at, code, text)
		}
		if _, release, told := strings.Cut(lineWith(text, "what it logged"), "-release="); told {
			l.logs(remote.LogsOptions{Release: strings.TrimSpace(release)}).Want(t, failure.OK)
		}
	}
}
