package command

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/command/dev"
	"github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// The services of the backend's file are none that infra:recreate knows.
func TestWhatARotationPrintsCanBeTyped(t *testing.T) {
	r, e := commandtest.NewStack(t)
	agent := r.Container("agent", "db:1")
	agent.Health, agent.NetworkIDs = "healthy", []string{"demo_default"}
	e.Stack = append(e.Stack, agent)
	r.Write("compose/docker-compose.backend.yml", "services:\n  agent:\n    image: db:1\n    environment: {PASSWORD: \"${DB_PASSWORD:-none}\"}\n  db:\n    environment: {PASSWORD: \"${DB_PASSWORD:-none}\"}\n")
	r.Write("env/.env.example", "# [secret] [generate 24]\nDB_PASSWORD=\n")
	r.Write("env/.env.local", "DB_PASSWORD=canary-of-the-password\n")
	x := r.Run(func(ctx context.Context, w *app.Run) error { return env.Rotate(ctx, w, "DB_PASSWORD", "local") }).Want(t, failure.OK, "to be recreated: agent, db\n")
	typed := 0
	for _, command := range regexp.MustCompile(`mage (\S+) -services=(\S+?)(?:,? then|\n|,$)`).FindAllStringSubmatch(x.Out, -1) {
		services := strings.Split(strings.TrimSuffix(command[2], ","), ",")
		do := map[string]commandtest.Target{
			"infra:recreate": func(ctx context.Context, w *app.Run) error { return infra.Recreate(ctx, w, services) },
			"dev:up":         func(ctx context.Context, w *app.Run) error { return dev.Up(ctx, w, dev.UpOptions{Services: services}) },
		}[command[1]]
		if do == nil {
			t.Fatalf("%s is printed:\n%s", command[0], x)
		}
		r.Run(do).Want(t, failure.OK)
		typed++
	}
	if typed != 2 {
		t.Errorf("%d commands in\n%s", typed, x)
	}
}
