package app

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// A second Ctrl-C is "now": the run may be amidst anything, so nobody could make
// its document without a race, and the exit code alone tells how it ended.
func TestASecondSignalEndsTheRunAtOnceWithoutADocument(t *testing.T) {
	t.Parallel()
	var out, errs strings.Builder
	signals, exited, hold := make(chan os.Signal, 2), make(chan int, 1), make(chan struct{})
	signals <- os.Interrupt
	time.AfterFunc(2*oneInterrupt, func() { signals <- os.Interrupt })
	w := &Run{Out: &out, Err: &errs, Signals: signals, process: signals, exit: func(code int) { exited <- code }}
	ended := make(chan error)
	go func() {
		ended <- w.OneDocument(true, func(string, int) any { return map[string]bool{} }, func(w *Run) error {
			return w.Guard(t.Context(), func(ctx context.Context) error {
				<-ctx.Done()
				<-hold // it does not end by itself
				return context.Cause(ctx)
			})
		})
	}()
	if code := <-exited; code != 130 || out.String() != "" || errs.String() != "Error: interrupted, ended at once\n" {
		t.Errorf("exit code %d, %q, %q", code, out.String(), errs.String())
	}
	close(hold)
	if err := <-ended; err == nil || out.String() == "" {
		t.Errorf("a run that ends by itself has its document: %v, %q", err, out.String())
	}
}

func TestAnInterruptedRunSaysWhatToTypeNext(t *testing.T) {
	t.Parallel()
	for call, want := range map[string]string{
		"":                         "",
		"build:all -services=api":  "mage build:all -services=api again",
		"infra:stop -services=a,b": "mage infra:stop -services=a,b again",
	} {
		if err := (&Run{Call: call}).Guard(t.Context(), func(context.Context) error { return nil }); err != nil {
			t.Fatal(err)
		}
		signals := make(chan os.Signal, 1)
		signals <- os.Interrupt
		err := (&Run{Call: call, Signals: signals}).Guard(t.Context(), func(ctx context.Context) error {
			<-ctx.Done()
			return context.Cause(ctx)
		})
		var f *failure.Error
		if !errors.As(err, &f) || f.Code != failure.Interrupted || f.Hint != want {
			t.Errorf("%q: %v", call, err)
		}
	}
	own := failure.New(failure.Interrupted, "interrupted").WithHint("docker volume rm data")
	if err := (&Run{Call: "infra:import x"}).Interrupted(Signalled{os.Interrupt}, own); !errors.Is(err, own) || own.Hint != "docker volume rm data" {
		t.Errorf("a target knows better: %v", err)
	}
}

func TestACallIsReadFromTheCommandLine(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"":                              {"mage"},
		"build:all -services=api -push": {"mage", "-v", "build:all", "-services=api", "-push"},
		"env:set DB_PASSWORD=…":         {"mage", "env:set", "DB_PASSWORD=hunter2"},
		"test:integration '-cmd=go test ./... | tee log'": {"mage", "test:integration", "-cmd=go test ./... | tee log"},
		"infra:up '-services=a*' infra:status":            {"mage", "infra:up", "-services=a*", "infra:status"},
	} {
		if got := CallOf(args); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// npm hands on the signal that the terminal has sent to both.
func TestTwoSignalsAtOnceAreOneInterrupt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var errs strings.Builder
		signals := make(chan os.Signal, 2)
		signals <- os.Interrupt
		signals <- os.Interrupt
		w := &Run{Err: &errs, Signals: signals, process: signals, exit: func(int) { t.Error("it is ended at once") }}
		err := w.Guard(t.Context(), func(ctx context.Context) error {
			<-ctx.Done()
			<-time.After(grace / 2)
			return context.Cause(ctx)
		})
		if failure.CodeOf(err) != failure.Interrupted || errs.String() != "" {
			t.Errorf("%v, said %q", err, errs.String())
		}
	})
}

// Else what an interrupted run has begun would be left behind where its end takes long.
func TestAnInterruptedRunHasTheTimeToRemoveWhatItHasBegun(t *testing.T) {
	t.Parallel()
	for again, want := range map[bool]string{false: "", true: "Error: interrupted, ended at once\n"} {
		synctest.Test(t, func(t *testing.T) {
			var errs strings.Builder
			signals, exited, hold := make(chan os.Signal, 2), make(chan struct{}), make(chan struct{})
			signals <- os.Interrupt
			w := &Run{Err: &errs, Signals: signals, process: signals, exit: func(int) { close(exited); <-hold }}
			err := w.Guard(t.Context(), func(ctx context.Context) error {
				<-ctx.Done()
				done := w.Finishing("removing the stack one")
				if <-time.After(3 * grace); again {
					signals <- os.Interrupt
					<-exited
				}
				done()
				return context.Cause(ctx)
			})
			close(hold)
			if text := errs.String(); failure.CodeOf(err) != failure.Interrupted || text != "removing the stack one: interrupt once more to leave that to the next run\n"+want {
				t.Errorf("%v, said %q", err, text)
			}
		})
	}
}

// A target that takes its signals itself is not yet there when an early Ctrl-C
// comes: all that it sees is that Mage ends its context.
func TestAnEarlyCtrlCInATargetThatTakesItsSignalsItselfIsAnInterruption(t *testing.T) {
	t.Parallel()
	mage, cancel := context.WithCancel(t.Context())
	signals := make(chan os.Signal, 1)
	w := (&Run{Out: &strings.Builder{}, Err: &strings.Builder{}, Signals: signals, process: signals, exit: func(int) {}}).WithoutSignals()
	err := w.Guard(mage, func(ctx context.Context) error {
		cancel()
		<-ctx.Done()
		return context.Cause(ctx)
	})
	if code := failure.CodeOf(err); code != failure.Interrupted {
		t.Errorf("exit code %d: %v", code, err)
	}
}
