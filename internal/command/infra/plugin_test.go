package infra

import (
	"fmt"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/project"
)

// A hook is no service's: its failure is the run's, with its own words and the
// exit code of a service that is not ready.
func TestAHookThatFailsOrIsCutShortFailsTheRun(t *testing.T) {
	u := &UpRun{Options: UpOptions{Timeout: 5 * time.Second, Target: "infra:up"}}
	hook := plan.ID("hook post_ready of plugin kafka")
	crashed := failure.New(failure.NotReady, "plugin %q, hook post_ready: it crashed", "kafka").WithHint("mage plugin:test kafka")
	for _, c := range []struct {
		outcome  engine.Outcome
		failures []plan.ID
		code     failure.Code
		says     string
	}{
		{engine.Outcome{Kind: engine.Done}, nil, failure.OK, ""},
		{engine.Outcome{Kind: engine.Failed, Err: crashed}, []plan.ID{hook}, failure.NotReady, crashed.Error()},
		{engine.Outcome{Kind: engine.Failed, Err: fmt.Errorf("odd")}, []plan.ID{hook}, failure.Unexpected, "odd"},
		{engine.Outcome{Kind: engine.Cancelled, Err: errTimeout}, nil, failure.NotReady,
			"hook post_ready of plugin kafka: not done after 5s\n  → mage infra:up goes on from here; -timeout gives it longer"},
		{engine.Outcome{Kind: engine.Skipped}, nil, failure.NotReady, "hook post_ready of plugin kafka: not done after 5s\n  → mage infra:up goes on from here; -timeout gives it longer"},
	} {
		f := u.failed(engine.Result{Outcomes: map[plan.ID]engine.Outcome{hook: c.outcome}, Failures: c.failures}, nil)
		switch {
		case f == nil && c.code != failure.OK:
			t.Errorf("%s: the run went well", c.outcome.Kind)
		case f != nil && (f.Code != c.code || f.Error() != c.says):
			t.Errorf("%s: code %d, %q", c.outcome.Kind, f.Code, f.Error())
		}
	}
}

// A plugin that never answers, or is not content, is named when time is up.
func TestAServiceThatIsLateSaysWhatItsPluginWaitsFor(t *testing.T) {
	client, err := load.Dial([]string{"DOCKER_HOST=tcp://127.0.0.1:1"}) // nothing answers there
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	var noted []engine.Note
	g := &plugins.InUse{}
	note := execute.RememberProbe(g, "kafka", "kafka", func(n engine.Note) { noted = append(noted, n) })
	note(engine.Note{Text: "0 of 3 brokers"})
	note(engine.Note{Text: "no answer in 5s"})
	u := &UpRun{Session: &load.Session{Client: client, Plugins: g, Project: &project.Project{Model: &types.Project{}}}, Options: UpOptions{Timeout: 5 * time.Second}}
	for service, want := range map[string]string{"kafka": "not ready after 5s; plugin kafka: no answer in 5s", "db": "not ready after 5s"} {
		step := plan.Step{Service: service, Action: plan.AwaitReady{Names: []string{"demo-" + service + "-1"}}}
		if f, late := u.failureOf(t.Context(), step, engine.Outcome{Kind: engine.Cancelled, Err: errTimeout}, observe.State{}); !late || f.Reason != want {
			t.Errorf("%s: %v, %q", service, late, f.Reason)
		}
	}
	if len(noted) != 2 {
		t.Errorf("noted %v", noted)
	}
}
