package sdktest_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

func TestARunOfValuesHasThemAndKeepsWhatItTells(t *testing.T) {
	t.Parallel()
	run, events := sdktest.NewRun(t, sdk.Values{
		Config: map[string]string{"A": "1"}, Secrets: map[string]string{"B": "2"}, Endpoints: map[string]string{"c": "here:3"},
	})
	if at, err := run.Endpoint("c"); err != nil || run.Config("A")+run.Secret("B")+at != "12here:3" || run.ID != t.Name() {
		t.Errorf("got %q, %q, %q, %v, %q", run.Config("A"), run.Secret("B"), at, err, run.ID)
	}
	var missing sdk.Diagnostic
	if _, err := run.Endpoint("d"); !errors.As(err, &missing) || missing.Code != "ENDPOINT_NOT_PUBLISHED" || missing.Hint == "" {
		t.Errorf("got %v", err)
	}
	run.Created("topic", "orders")
	run.Existed("topic", "events")
	if got := events.Resources(); !slices.Equal(got, []string{"created topic orders", "existed topic events"}) {
		t.Errorf("resources %q", got)
	}
}

func TestLogLinesKeepTheirLevelAndFields(t *testing.T) {
	t.Parallel()
	run, events := sdktest.NewRun(t, sdk.Values{})
	run.Log.With("a", 1).WithGroup("g").With("b", 2).Error("broken", "c", 3, slog.Group("h", "d", 4), slog.Group("", "e", 5))
	run.Log.Debug("fine")
	if got := events.Logs(); !slices.Equal(got, []string{"ERROR broken", "DEBUG fine"}) {
		t.Errorf("logs %q", got)
	}
	fields := events.All()[0].GetLog().GetFields()
	for name, want := range map[string]string{"a": "1", "g.b": "2", "g.c": "3", "g.h.d": "4", "g.e": "5"} {
		if fields[name] != want {
			t.Errorf("field %s is %q in %v", name, fields[name], fields)
		}
	}
}

func TestWholeCallsGoThroughTheServer(t *testing.T) {
	t.Parallel()
	p := sdk.Plugin{Name: "box", Hooks: []sdk.Hook{{Phase: sdk.PreUp, Run: func(_ context.Context, run *sdk.Run) error {
		run.Deleted("box", run.Config("A"))
		return sdk.ExitError(4)
	}}}, Variables: []sdk.Variable{{Name: "A", Default: "lid"}}}
	end, err := sdktest.Hook(t.Context(), t, p, pluginv1.Phase_PHASE_PRE_UP, sdk.Values{})
	if err != nil || end.Code != 4 || !slices.Equal(end.Resources(), []string{"deleted box lid"}) {
		t.Errorf("got %d, %q, %v", end.Code, end.Resources(), err)
	}
}
