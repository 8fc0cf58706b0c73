package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

func TestWhatAHookBroughtAboutIsTold(t *testing.T) {
	var out bytes.Buffer
	step := plan.Step{ID: "hook post_ready of plugin kafka", Action: plan.CallHook{Plugin: "kafka", Hook: "post_ready"}}
	r := New(Options{Err: &out})
	r.Start("infra:up demo", plan.Plan{Steps: []plan.Step{step}})
	for i, n := range []engine.Note{{Text: "topic events existed"}, {Text: "topic orders created", Lasting: true}, {Text: "few partitions", Warning: true}} {
		r.Event(engine.Event{At: time.Unix(int64(i), 0), Kind: engine.Noted, Step: step, Note: n})
	}
	r.Stop()
	if text := out.String(); strings.Contains(text, "existed") || !strings.Contains(text, "plugin kafka  topic orders created\n") || !strings.Contains(text, "warning: few partitions") {
		t.Errorf("it says\n%s", text)
	}
}
