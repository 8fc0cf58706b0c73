package command

import (
	"context"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/clean"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/command/plugin"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/project"
)

func takeDown(ctx context.Context, w *app.Run) error { return infra.Down(ctx, w, infra.DownOptions{}) }

func bringUp(ctx context.Context, w *app.Run) error { return infra.Up(ctx, w, infra.UpOptions{}) }

func stop(services ...string) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return infra.Stop(ctx, w, services) }
}

// lookers are the targets that need no plugin, and how they end where the engine
// has no container.
var lookers = []struct {
	do   commandtest.Target
	code failure.Code
	says string
}{
	{takeDown, failure.OK, "demo is down"},
	{stop(), failure.OK, "nothing is running"},
	{func(ctx context.Context, w *app.Run) error { return infra.Logs(ctx, w, infra.LogsOptions{}) }, failure.OK, "db has no container"},
	{func(ctx context.Context, w *app.Run) error { return infra.Stats(ctx, w, infra.StatsOptions{}) }, failure.OK, "nothing is running"},
	{func(ctx context.Context, w *app.Run) error { return infra.Status(ctx, w, false) }, failure.NotReady, "demo is not ready"},
	{func(ctx context.Context, w *app.Run) error { return infra.Exec(ctx, w, "db", "true") }, failure.Preflight, `service "db" is not running`},
	{func(ctx context.Context, w *app.Run) error { return clean.Containers(ctx, w, clean.Options{Yes: true}) }, failure.OK, "nothing to clean"},
	{func(ctx context.Context, w *app.Run) error { return infra.Timeline(ctx, w, false, "") }, failure.Preflight, "no run of demo"},
}

func TestAStackCanBeLookedAtAndStoppedAlthoughAPluginIsBroken(t *testing.T) {
	r, _ := commandtest.NewPluginRepository(t, "queue,shelf")
	r.PlugFile(commandtest.SampleManifest(), commandtest.SampleFragment)
	for _, c := range lookers {
		r.Run(c.do).Want(t, c.code, c.says, `warning: goes without plugin queue: unknown plugin "queue"`)
	}
	r.Run(stop("shelf")).Want(t, failure.OK, "nothing is running") // the sound one is in use
	r.Run(bringUp).Want(t, failure.Preflight, `unknown plugin "queue"`)
	r.Run(invokeCommand(plugin.Call{Plugin: "queue", Command: "list"})).Want(t, failure.Preflight, `unknown plugin "queue"`, "mage plugin:list")
	r.Run(invokeCommand(plugin.Call{Plugin: "shelf", Command: "list"})).Want(t, failure.Preflight, `plugin "shelf" has no command "list"`)
	r.Untouched()
}

func TestABrokenPluginsServicesAreAsTheLastRunLeftThem(t *testing.T) {
	r, _ := commandtest.NewPluginRepository(t, "queue")
	r.Write(".spellbook/plugins/queue.yml", "services:\n  queue:\n    image: queue:1\n")
	r.Run(stop("queue")).Want(t, failure.OK, "nothing is running", `warning: takes plugin queue as the last run left it: unknown plugin "queue"`)
	r.Write("compose/docker-compose.yml", commandtest.EnvCompose+"    depends_on: [queue]\n")
	r.Run(takeDown).Want(t, failure.OK, "demo is down")
	r.Write(".spellbook/plugins/queue.yml", "services: 1\n")
	r.Run(takeDown).Want(t, failure.Preflight, `unknown plugin "queue"`) // nothing else can be loaded
	// A name is no way to another directory's files.
	for _, f := range plugins.LastFragments(project.Layout{Root: r.Dir}, []string{"../../compose/docker-compose"}) {
		t.Errorf("took %s", f.Path)
	}
}

func TestABrokenPluginsContainersAreStoppedAndRemoved(t *testing.T) {
	for name, fragment := range map[string]string{"as the last run left it": "services:\n  queue:\n    image: queue:1\n", "without it": ""} {
		r, engine := commandtest.NewPluginRepository(t, "queue")
		if fragment != "" {
			r.Write(".spellbook/plugins/queue.yml", fragment)
		}
		engine.Containers = []*commandtest.Container{r.Container("queue", "queue:1")}
		r.Run(takeDown).Want(t, failure.OK, "demo is down")
		if got := engine.Done(); got != "POST containers/demo-queue-1/stop\nDELETE containers/demo-queue-1" {
			t.Errorf("%s: the engine was told\n%s", name, got)
		}
	}
}

func TestWhatIsWrongWithoutPluginsIsToldAsItIs(t *testing.T) {
	r, _ := commandtest.NewPluginRepository(t, "shelf")
	r.PlugFile(commandtest.SampleManifest(), commandtest.SampleFragment)
	r.Write("compose/docker-compose.yml", commandtest.EnvCompose+"    nonsense: 1\n")
	x := r.Run(takeDown).Want(t, failure.Preflight, "nonsense")
	if strings.Contains(x.Err, "warning") {
		t.Errorf("a plugin is blamed:\n%s", x)
	}
	// One that takes what is the user's is not merged with it.
	r.Write("compose/docker-compose.yml", commandtest.EnvCompose+"  shelf:\n    image: mine:1\n")
	r.Run(bringUp).Want(t, failure.Preflight, `both have the service "shelf"`)
	r.Run(takeDown).Want(t, failure.OK, "demo is down", `warning: takes plugin shelf as the last run left it: `, `both have the service "shelf"`)
}
