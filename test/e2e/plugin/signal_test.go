package plugin_test

import (
	"context"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/command/plugin"
)

// Ctrl-C is how an endless command ends: there is nothing to say of it, and the
// exit code is that of any program that the signal ends.
func TestASignalEndsACommandOfAPluginWithoutAWord(t *testing.T) {
	t.Parallel()
	s := newPluginStack(t, "kafka", "maildev")
	s.Up(infra.UpOptions{Services: []string{"kafka"}}).Want(t, 0)
	for signal, code := range map[os.Signal]int{os.Interrupt: 130, syscall.SIGTERM: 143} {
		for command, said := range map[string]string{"tail": "reading events from its end\n", "produce": ""} {
			waiting, _ := io.Pipe() // nobody types anything
			g := s.Start(waiting, func(ctx context.Context, w *app.Run) error {
				return plugin.Invoke(ctx, w, plugin.Call{Plugin: "kafka", Command: command, Arguments: []string{"events"}})
			})
			if said != "" {
				g.Err.AwaitText(t, strings.TrimSpace(said))
			}
			g.Signals <- signal
			got := g.Wait(t)
			if left := strings.TrimPrefix(g.Err.String(), said); got != code || g.Out.String() != "" || strings.Contains(left, "rror") || strings.Contains(left, "signal") {
				t.Errorf("kafka:%s after %v ends with %d\n%s%s", command, signal, got, g.Out, g.Err)
			}
		}
	}
}
