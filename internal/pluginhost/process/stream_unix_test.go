//go:build unix

package process

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

var postReady = &pluginv1.RunHookRequest{Run: &pluginv1.Run{Id: "r1"}, Phase: pluginv1.Phase_PHASE_POST_READY}

func TestAHookTellsItsEventsAndGivesItsResult(t *testing.T) {
	t.Parallel()
	var told []string
	r, err := started(t, spec(t, "is good")).RunHook(t.Context(), postReady, func(e *pluginv1.Event) error {
		told = append(told, e.GetProgress().GetText())
		return nil
	})
	if err != nil || r == nil || strings.Join(told, " ") != "begun" {
		t.Errorf("%v, %v, told %q", r, err, told)
	}
}

func TestAHookThatFailsIsACodedErrorInBoundedTime(t *testing.T) {
	t.Parallel()
	for role, want := range map[string]Code{
		"stops in a call": Unresponsive, "exits in a call": Crashed, "has no result": Garbage,
	} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			s := spec(t, role)
			if want == Unresponsive {
				s.CallTimeout, s.signOfLife = time.Second, time.Second
			}
			_, err := started(t, s).RunHook(t.Context(), postReady, nil)
			expect(t, err, want, "hook post_ready")
		})
	}
}

func TestACancelledHookCleansUpAndSaysSo(t *testing.T) {
	t.Parallel()
	p := started(t, spec(t, "cleans up"))
	refusal := errors.New("enough")
	r, err := p.RunHook(t.Context(), postReady, func(*pluginv1.Event) error { return refusal })
	if e := coded(t, err, Canceled, "hook post_ready"); !errors.Is(e, refusal) {
		t.Errorf("%v is not the refusal", e)
	}
	if r.GetExitCode() != 1 {
		t.Errorf("its result is %v", r)
	}
	if _, err := p.Probe(t.Context(), &pluginv1.ProbeRequest{}); err != nil {
		t.Errorf("and then: %v", err)
	}
}

func TestAHookThatGoesOnRegardlessIsEndedWithItsPlugin(t *testing.T) {
	t.Parallel()
	for role, lives := range map[string]bool{"goes on regardless": false, "stops in a call": false, "has no cancel": true} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			s := spec(t, role)
			if !lives {
				s.KillGrace = 300 * time.Millisecond
			}
			p := started(t, s)
			ctx := newLate(t.Context())
			_, err := p.RunHook(ctx, postReady, func(*pluginv1.Event) error { ctx.expire(); return nil })
			expect(t, err, CallTimeout, "hook post_ready")
			if lives {
				if _, err := p.Describe(t.Context()); err != nil {
					t.Error(err)
				}
			} else if !within(p.Done(), patience) {
				t.Error("it still works")
			}
		})
	}
}

func TestAResultEndsAStream(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"speaks after its result", "does not end after its result"} {
		s := spec(t, role)
		s.KillGrace = 300 * time.Millisecond
		told := 0
		r, err := started(t, s).RunHook(t.Context(), postReady, func(*pluginv1.Event) error { told++; return nil })
		if r == nil || err != nil || told != 1 {
			t.Errorf("%s: %v, %v, told %d", role, r, err, told)
		}
	}
}

func TestCloseCancelsAHookAndWaitsForItsCleaningUp(t *testing.T) {
	t.Parallel()
	p := started(t, spec(t, "cleans up"))
	r, err := p.RunHook(t.Context(), postReady, func(*pluginv1.Event) error {
		go func() { _ = p.Close() }()
		return nil
	})
	if r.GetExitCode() != 1 {
		t.Errorf("it ended with %v, %v", r, err)
	}
}

func TestACommandGetsItsInputAndItsSignals(t *testing.T) {
	t.Parallel()
	p := started(t, spec(t, "is good"))
	input := strings.Repeat("orders\n", 50_000)
	var output bytes.Buffer
	keep := func(e *pluginv1.Event) error { _, err := output.Write(e.GetOutput().GetData()); return err }
	start := &pluginv1.Start{Command: "echo"}
	r, err := p.Invoke(t.Context(), Input{Start: start, Stdin: strings.NewReader(input)}, keep)
	if err != nil || r.GetExitCode() != 0 || output.String() != input {
		t.Errorf("%v, %v, %d bytes of %d", r, err, output.Len(), len(input))
	}
	endless, write := io.Pipe()
	defer func() { _ = write.Close() }()
	signals := make(chan int, 1)
	r, err = p.Invoke(t.Context(), Input{Start: start, Stdin: endless, Signals: signals}, func(e *pluginv1.Event) error {
		if e.GetProgress() != nil {
			signals <- 2
		}
		return nil
	})
	if err != nil || r.GetExitCode() != 2 {
		t.Errorf("after a signal: %v, %v", r, err)
	}
}

// An endless command says nothing for long, and lives.
func TestASilentStreamGoesOnAsLongAsItsPluginLives(t *testing.T) {
	t.Parallel()
	s := spec(t, "is good")
	s.CallTimeout = time.Second / 2 // how often it is asked for a sign of life
	p := started(t, s)
	endless, write := io.Pipe()
	time.AfterFunc(2*time.Second, func() { _ = write.Close() })
	r, err := p.Invoke(t.Context(), Input{Start: &pluginv1.Start{Command: "tail"}, Stdin: endless}, nil)
	if err != nil || r.GetExitCode() != 0 {
		t.Errorf("%v, %v", r, err)
	}
}
