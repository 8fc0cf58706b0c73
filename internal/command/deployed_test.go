package command

import (
	"context"
	"strings"
	"testing"

	mage "github.com/magefile/mage/parse"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/clean"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/command/dev"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
)

// onServices is a target that takes a list of services and nothing else.
func onServices(do func(context.Context, *app.Run, []string) error) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return do(ctx, w, nil) }
}

func ofClient(do func(context.Context, *app.Run, infra.ClientOptions) error) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return do(ctx, w, infra.ClientOptions{Service: "db"}) }
}

func cleaned(do func(context.Context, *app.Run, clean.Options) error) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error {
		return do(ctx, w, clean.Options{Yes: true, Confirm: "demo"})
	}
}

// ofStacks are all targets of the namespaces that are about a stack.
var ofStacks = map[string]commandtest.Target{
	"infra:up": func(ctx context.Context, w *app.Run) error { return infra.Up(ctx, w, infra.UpOptions{}) },
	"infra:down": func(ctx context.Context, w *app.Run) error {
		return infra.Down(ctx, w, infra.DownOptions{Volumes: true, Confirm: "demo"})
	},
	"infra:restart":  onServices(infra.Restart),
	"infra:stop":     onServices(infra.Stop),
	"infra:start":    onServices(infra.Start),
	"infra:recreate": onServices(infra.Recreate),
	"infra:pull":     func(ctx context.Context, w *app.Run) error { return infra.Pull(ctx, w, nil, false) },
	"infra:exec":     func(ctx context.Context, w *app.Run) error { return infra.Exec(ctx, w, "db", "true") },
	"infra:shell":    func(ctx context.Context, w *app.Run) error { return infra.Shell(ctx, w, "db") },
	"infra:psql":     ofClient(infra.Psql),
	"infra:redis":    ofClient(infra.Redis),
	"infra:cypher":   ofClient(infra.Cypher),
	"infra:import": func(ctx context.Context, w *app.Run) error {
		return infra.Import(ctx, w, infra.ImportOptions{Input: "dump.sql"})
	},
	"infra:dump":   func(ctx context.Context, w *app.Run) error { return infra.Dump(ctx, w, infra.DumpOptions{}) },
	"infra:status": func(ctx context.Context, w *app.Run) error { return infra.Status(ctx, w, false) },
	"infra:logs":   func(ctx context.Context, w *app.Run) error { return infra.Logs(ctx, w, infra.LogsOptions{}) },
	"infra:stats":  func(ctx context.Context, w *app.Run) error { return infra.Stats(ctx, w, infra.StatsOptions{}) },
	"infra:config": func(ctx context.Context, w *app.Run) error { return infra.Config(ctx, w, false) },
	"infra:graph": func(ctx context.Context, w *app.Run) error {
		return infra.Graph(ctx, w, infra.GraphOptions{Format: "mermaid"})
	},
	"infra:timeline": func(ctx context.Context, w *app.Run) error { return infra.Timeline(ctx, w, false, "") },
	"dev:up":         func(ctx context.Context, w *app.Run) error { return dev.Up(ctx, w, dev.UpOptions{}) },
	"dev:watch":      func(ctx context.Context, w *app.Run) error { return dev.Watch(ctx, w, dev.WatchOptions{}) },

	"clean:all":        cleaned(clean.All),
	"clean:containers": cleaned(clean.Containers),
	"clean:images":     cleaned(clean.Images),
	"clean:volumes":    cleaned(clean.Volumes),
}

func TestEveryTargetOfAStackKnowsWhetherItLeavesADeploymentAlone(t *testing.T) {
	known := 0
	for _, namespace := range []string{"infra", "dev", "clean"} {
		info, err := mage.Package("../../magefiles/targets/"+namespace, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range info.Funcs {
			name := strings.ToLower(f.TargetName())
			do := ofStacks[name]
			if do == nil {
				t.Errorf("%s is not called here", name)
				continue
			}
			known++
			t.Run(name, func(t *testing.T) { onADeployment(t, name, do) })
		}
	}
	if known != len(ofStacks) {
		t.Errorf("of %d targets there are %d", len(ofStacks), known)
	}
}

// onADeployment calls a target at an engine that has a release.
func onADeployment(t *testing.T, name string, do commandtest.Target) {
	r, e := commandtest.NewEngineRepository(t)
	r.Tools()
	r.Write("env/.env.example", "A=1\n")
	r.Write("env/.env.local", "A=1\n")
	r.Write("compose/docker-compose.yml", "name: demo\nservices:\n  db: {image: \"postgres:16\"}\n  api: {image: \"api:1\", build: ../api}\n")
	r.Write("compose/docker-compose.backend.yml", "services: {page: {image: \"page:1\", build: ../api}}\n")
	r.Write("api/Dockerfile", "FROM scratch\n")
	r.Write("dump.sql", "-- PostgreSQL database dump\n-- Dumped from database version 15.1\n-- PostgreSQL database dump complete\n")
	c := r.Container("db", "postgres:16")
	c.Labels[deploy.LabelProject] = "demo"
	e.Containers = append(e.Containers, c)

	x := r.Run(do)
	instead, changes := load.Deployed[name]
	if refused := strings.Contains(x.String(), "demo was deployed to this engine"); refused != changes {
		t.Fatalf("it changes something: %t\n%s", changes, x)
	}
	if !changes {
		return
	}
	hint := strings.NewReplacer("ENV", "local", "SERVICE", "db", "USER", "postgres", "DATABASE", "postgres").Replace(instead)
	x.Want(t, failure.Refused, name+" leaves a deployment alone", hint)
	if done := e.Done(); done != "" {
		t.Errorf("it has done\n%s", done)
	}
}
