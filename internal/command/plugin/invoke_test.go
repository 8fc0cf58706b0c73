package plugin

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/plugins"
)

func invokeCommand(c Call) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Invoke(ctx, w, c) }
}

func TestACommandOfAPluginThatIsNotEnabledSaysHowToEnableIt(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Run(invokeCommand(Call{Plugin: "kafka", Command: "topics"})).
		Want(t, failure.Usage, "kafka is not enabled", "mage plugin:enable kafka")
	r.Write("env/.env.local", "PLUGINS=kafka\n"+commandtest.EnvLocal)
	r.Env = append(r.Env, "PLUGINS=minio")
	r.Run(invokeCommand(Call{Plugin: "kafka", Command: "topics"})).Want(t, failure.Usage, "kafka is not enabled")
}

func TestOnlyFlagsThatWereGivenAreHandedOver(t *testing.T) {
	text, yes, n, wait := "a b", false, 3, 90*time.Second
	got := flagTexts(map[string]any{"text": &text, "yes": &yes, "n": &n, "wait": &wait,
		"no-text": (*string)(nil), "no-yes": (*bool)(nil), "no-n": (*int)(nil), "no-wait": (*time.Duration)(nil)})
	if want := map[string]string{"text": "a b", "yes": "false", "n": "3", "wait": "1m30s"}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTheFirstSignalAsksTheCommandAndTheSecondEndsIt(t *testing.T) {
	for first, number := range map[os.Signal]int{os.Interrupt: 2, syscall.SIGTERM: 15, syscall.SIGHUP: 1} {
		signals := make(chan os.Signal)
		ctx, end := context.WithCancelCause(t.Context())
		numbers, asked := handOn(ctx, signals, end)
		signals <- first
		if got := <-numbers; got != number {
			t.Errorf("%v is %d, want %d", first, got, number)
		}
		if ctx.Err() != nil || int(asked.Load()) != number {
			t.Errorf("%v ends the command at once, or as signal %d", first, asked.Load())
		}
		signals <- syscall.SIGTERM
		<-ctx.Done()
		var exit *app.Exit
		if err := app.EndedBySignal(ctx, errors.New("cut")); !errors.As(err, &exit) || exit.Code != 143 {
			t.Errorf("after the second signal: %v", err)
		}
		end(nil)
	}
}

func TestWhatAPluginTellsKeepsItsLevelAndName(t *testing.T) {
	var errs bytes.Buffer
	w := &app.Run{Err: &errs}
	tell := plugins.PrintEvent(w, "queue")
	tell(pluginhost.Event{Line: &pluginhost.Line{Plugin: "queue", Level: "WARN", Message: "slow", Fields: map[string]string{"b": "2", "a": "1"}}})
	tell(pluginhost.Event{Line: &pluginhost.Line{Plugin: "queue", Level: "debug", Message: "detail"}})
	tell(pluginhost.Event{Resource: &pluginhost.Resource{Kind: "topic", Name: "orders", Change: "created"}})
	tell(pluginhost.Event{Progress: &pluginhost.Progress{Text: "copying", Done: 1, Total: 4}})
	tell(pluginhost.Event{Progress: &pluginhost.Progress{Text: "waiting"}})
	want := "queue: warn: slow a=1 b=2\nqueue: topic orders created\nqueue: copying (1 of 4)\nqueue: waiting\n"
	if errs.String() != want {
		t.Errorf("got\n%s", errs.String())
	}
	w.Environ = []string{"SPELLBOOK_DEBUG=1"}
	tell(pluginhost.Event{Line: &pluginhost.Line{Plugin: "queue", Level: "debug", Message: "detail"}})
	if !strings.HasSuffix(errs.String(), "queue: debug: detail\n") {
		t.Errorf("got\n%s", errs.String())
	}
}
