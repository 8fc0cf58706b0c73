package workflow

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

func takeDown(ctx context.Context, w *Workflow) error { return w.InfraDown(ctx, DownOptions{}) }

func bringUp(ctx context.Context, w *Workflow) error { return w.InfraUp(ctx, UpOptions{}) }

func stop(services ...string) target {
	return func(ctx context.Context, w *Workflow) error { return w.InfraStop(ctx, services) }
}

// lookers are the targets that need no plugin, and how they end where the engine
// has no container.
var lookers = []struct {
	do   target
	code failure.Code
	says string
}{
	{takeDown, failure.OK, "demo is down"},
	{stop(), failure.OK, "nothing is running"},
	{func(ctx context.Context, w *Workflow) error { return w.InfraLogs(ctx, LogsOptions{}) }, failure.OK, "db has no container"},
	{func(ctx context.Context, w *Workflow) error { return w.InfraStats(ctx, StatsOptions{}) }, failure.OK, "nothing is running"},
	{func(ctx context.Context, w *Workflow) error { return w.InfraStatus(ctx, false) }, failure.NotReady, "demo is not ready"},
	{func(ctx context.Context, w *Workflow) error { return w.InfraExec(ctx, "db", "true") }, failure.Preflight, `service "db" is not running`},
	{func(ctx context.Context, w *Workflow) error { return w.CleanContainers(ctx, CleanOptions{Yes: true}) }, failure.OK, "nothing to clean"},
	{func(ctx context.Context, w *Workflow) error { return w.InfraTimeline(ctx, false, "") }, failure.Preflight, "no run of demo"},
}

func TestAStackCanBeLookedAtAndStoppedAlthoughAPluginIsBroken(t *testing.T) {
	r, _ := newPluggedRepository(t, "queue,shelf")
	r.plugFile(shelfManifest(), shelfFragment)
	for _, c := range lookers {
		r.run(c.do).want(t, c.code, c.says, `warning: goes without plugin queue: unknown plugin "queue"`)
	}
	r.run(stop("shelf")).want(t, failure.OK, "nothing is running") // the sound one is in use
	r.run(bringUp).want(t, failure.Preflight, `unknown plugin "queue"`)
	r.run(invoke(PluginCall{Plugin: "queue", Command: "list"})).want(t, failure.Preflight, `unknown plugin "queue"`, "mage plugin:list")
	r.run(invoke(PluginCall{Plugin: "shelf", Command: "list"})).want(t, failure.Preflight, `plugin "shelf" has no command "list"`)
	r.untouched()
}

func TestABrokenPluginsServicesAreAsTheLastRunLeftThem(t *testing.T) {
	r, _ := newPluggedRepository(t, "queue")
	r.write(".spellbook/plugins/queue.yml", "services:\n  queue:\n    image: queue:1\n")
	r.run(stop("queue")).want(t, failure.OK, "nothing is running", `warning: takes plugin queue as the last run left it: unknown plugin "queue"`)
	r.write("compose/docker-compose.yml", envCompose+"    depends_on: [queue]\n")
	r.run(takeDown).want(t, failure.OK, "demo is down")
	r.write(".spellbook/plugins/queue.yml", "services: 1\n")
	r.run(takeDown).want(t, failure.Preflight, `unknown plugin "queue"`) // nothing else can be loaded
	// A name is no way to another directory's files.
	for _, f := range lastFragments(project.Layout{Root: r.dir}, []string{"../../compose/docker-compose"}) {
		t.Errorf("took %s", f.Path)
	}
}

func TestABrokenPluginsContainersAreStoppedAndRemoved(t *testing.T) {
	for name, fragment := range map[string]string{"as the last run left it": "services:\n  queue:\n    image: queue:1\n", "without it": ""} {
		r, engine := newPluggedRepository(t, "queue")
		if fragment != "" {
			r.write(".spellbook/plugins/queue.yml", fragment)
		}
		engine.containers = `[{"Id":"abc","Names":["/demo-queue-1"],"Image":"queue:1","State":"running","Labels":{
			"com.docker.compose.project":"demo","com.docker.compose.service":"queue","com.docker.compose.container-number":"1","com.docker.compose.oneoff":"False",
			"com.docker.compose.project.working_dir":` + r.json(filepath.Join(r.dir, "compose")) + `}}]`
		r.run(takeDown).want(t, failure.OK, "demo is down")
		if got := strings.Join(engine.done, "\n"); got != "POST containers/demo-queue-1/stop\nDELETE containers/demo-queue-1" {
			t.Errorf("%s: the engine was told\n%s", name, got)
		}
	}
}

func TestWhatIsWrongWithoutPluginsIsToldAsItIs(t *testing.T) {
	r, _ := newPluggedRepository(t, "shelf")
	r.plugFile(shelfManifest(), shelfFragment)
	r.write("compose/docker-compose.yml", envCompose+"    nonsense: 1\n")
	x := r.run(takeDown).want(t, failure.Preflight, "nonsense")
	if strings.Contains(x.err, "warning") {
		t.Errorf("a plugin is blamed:\n%s", x)
	}
	// One that takes what is the user's is not merged with it.
	r.write("compose/docker-compose.yml", envCompose+"  shelf:\n    image: mine:1\n")
	r.run(bringUp).want(t, failure.Preflight, `both have the service "shelf"`)
	r.run(takeDown).want(t, failure.OK, "demo is down", `warning: takes plugin shelf as the last run left it: `, `both have the service "shelf"`)
}
