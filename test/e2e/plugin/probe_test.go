package plugin_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/command/plugin"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// sickPlugin has a service that the engine finds well, and a probe that fails as
// SICK_HOW says.
const sickPlugin = `package main

import (
	"context"
	"os"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

func main() {
	sdk.Serve(sdk.Plugin{
		Name: "sick", Version: "1.0.0", Summary: "Is not well", Render: render,
		Services: []sdk.Service{{Name: "sick", Summary: "Runs", Probe: probe}},
		Variables: []sdk.Variable{{Name: "SICK_HOW", Summary: "How", Default: "well"}},
	})
}

func render(sdk.Config) (string, []sdk.Diagnostic) {
	return "services:\n  sick:\n    image: lab/service:1\n    healthcheck: {test: [CMD, /service, health], interval: 1s}\n", nil
}

func probe(_ context.Context, run *sdk.Run) sdk.Status {
	switch run.Config("SICK_HOW") {
	case "hangs":
		select {}
	case "panics":
		panic("the lock is held")
	case "dies":
		os.Exit(9)
	}
	return sdk.Ready("well")
}
`

// What a plugin has not said ready of is not, in the closing table, in the document and in
// infra:status, though the engine's own check passes.
func TestAServiceWhoseProbeHangsOrPanicsIsNotReadyAnywhere(t *testing.T) {
	t.Parallel()
	s := pluginRepository(t)
	s.plugBinary("sick", sickPlugin)
	s.wants(failure.OK, adding("bin/sick"))
	s.wants(failure.OK, named(plugin.Enable, "sick"))
	up := func(json bool) target {
		return func(ctx context.Context, w *app.Run) error {
			return infra.Up(ctx, w, infra.UpOptions{Timeout: 15 * time.Second, JSON: json})
		}
	}
	env := slices.Clip(s.Env)
	for how, code := range map[string]failure.Code{"hangs": failure.NotReady, "panics": failure.NotReady, "dies": failure.Unexpected} {
		s.Env = append(env, "SICK_HOW="+how)
		for _, json := range []bool{false, true} {
			r := s.Run(up(json)).Want(t, code)
			if state := s.stateOf(r, json); state == "ready" || state == "" {
				t.Errorf("%s: the table of infra:up says %q:\n%s", how, state, r.All())
			}
			r = s.Status(json).Want(t, failure.NotReady)
			if state := s.stateOf(r, json); state == "ready" || state == "" {
				t.Errorf("%s: infra:status says %q:\n%s", how, state, r.All())
			}
		}
	}
	s.Env = append(env, "SICK_HOW=well")
	s.wants(failure.OK, up(false))
	s.Status(false).Want(t, failure.OK)
}

// stateOf is the state of the sick service in the table or the document of a target.
func (s *stack) stateOf(r stacktest.Result, asJSON bool) string {
	s.T.Helper()
	var document struct {
		Services []struct{ Name, State string }
	}
	if asJSON {
		if err := json.Unmarshal([]byte(r.Out), &document); err != nil {
			s.T.Fatalf("%v\n%s", err, r.All())
		}
		for _, one := range document.Services {
			if one.Name == "sick" {
				return one.State
			}
		}
		return ""
	}
	for line := range strings.Lines(r.Out) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "sick" {
			return words[1]
		}
	}
	return ""
}
