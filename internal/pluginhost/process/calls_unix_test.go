//go:build unix

package process

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

func TestAPluginThatFailsInACallIsACodedErrorInBoundedTime(t *testing.T) {
	t.Parallel()
	for role, want := range map[string]Code{
		"stops in a call":                       CallTimeout,
		"never answers":                         CallTimeout,
		"is slow to answer":                     CallTimeout,
		"panics in a call":                      Crashed,
		"exits in a call":                       Crashed,
		"floods stderr in a call":               Flooded,
		"floods stdout in a call":               Flooded,
		"floods its log in a call":              Flooded,
		"says no":                               Refused,
		"passes on that another is unavailable": Refused,
		"closes its socket in a call":           Unreachable,
		"knows no TLS":                          Unreachable,
		"answers its socket with garbage":       Unreachable,
	} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			s := spec(t, role)
			s.KillGrace = 300 * time.Millisecond
			switch want {
			case CallTimeout:
				s.CallTimeout = time.Second
			case Unreachable:
				s.settle, s.signOfLife = time.Second, time.Second
			}
			if role == "answers its socket with garbage" {
				s.MTLS = false // or the handshake of TLS fails first
			}
			began := time.Now()
			p := started(t, s)
			_, err := p.Probe(t.Context(), &pluginv1.ProbeRequest{})
			e := coded(t, err, want, "probe")
			if strings.Contains(e.Error(), "hunter2") {
				t.Errorf("%q has a plugin's own words, which nobody has masked", e.Error())
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); took > patience {
				t.Errorf("took %s", took)
			}
		})
	}
}

func TestAMessageOf100MBIsRefusedWithoutReadingIt(t *testing.T) {
	t.Parallel()
	_, err := started(t, spec(t, "answers with 100 MB")).Describe(t.Context())
	expect(t, err, TooLarge, "describe")
}

func TestAnAnswerWithoutAManifestIsGarbage(t *testing.T) {
	t.Parallel()
	_, err := started(t, spec(t, "has no manifest")).Describe(t.Context())
	expect(t, err, Garbage, "describe")
}

func TestWhatAPluginDoesNotHaveIsUnimplemented(t *testing.T) {
	t.Parallel()
	p := started(t, spec(t, "is good"))
	_, err := p.Render(t.Context(), &pluginv1.RenderRequest{})
	expect(t, err, Unimplemented, "render")
	if _, err := p.Probe(t.Context(), &pluginv1.ProbeRequest{}); err != nil {
		t.Errorf("and then: %v", err)
	}
}

func TestAPluginThatIsStoppedBetweenCallsIsFoundDeadAndEnded(t *testing.T) {
	t.Parallel()
	s := spec(t, "is good")
	s.CallTimeout, s.signOfLife = time.Second, time.Second
	p := started(t, s)
	if err := syscall.Kill(p.child.pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	_, err := p.Probe(t.Context(), &pluginv1.ProbeRequest{})
	for err == nil { // the kernel stops one thread after the other
		_, err = p.Probe(t.Context(), &pluginv1.ProbeRequest{})
	}
	expect(t, err, CallTimeout, "probe")
	if !within(p.Done(), patience) {
		t.Fatal("it still runs")
	}
	expect(t, p.Err(), Unresponsive, "run")
	_, err = p.Probe(t.Context(), &pluginv1.ProbeRequest{})
	expect(t, err, Unresponsive, "probe")
}

func TestASlowCallDoesNotEndALivePlugin(t *testing.T) {
	t.Parallel()
	p := started(t, spec(t, "is slow to answer"))
	ctx := newLate(t.Context())
	time.AfterFunc(50*time.Millisecond, ctx.expire)
	_, err := p.Probe(ctx, &pluginv1.ProbeRequest{})
	if e := coded(t, err, CallTimeout, "probe"); !errors.Is(e, context.DeadlineExceeded) {
		t.Errorf("%v is no deadline", e)
	}
	if _, err := p.Describe(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestACallEndsWithItsCallerAndWithClose(t *testing.T) {
	t.Parallel()
	p := started(t, spec(t, "never answers"))
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := p.Probe(ctx, &pluginv1.ProbeRequest{})
	expect(t, err, Canceled, "probe")
	time.AfterFunc(50*time.Millisecond, func() { _ = p.Close() })
	_, err = p.Probe(t.Context(), &pluginv1.ProbeRequest{})
	expect(t, err, Closed, "probe")
	_, err = p.Probe(t.Context(), &pluginv1.ProbeRequest{})
	expect(t, err, Closed, "probe")
	if err := p.Err(); err != nil {
		t.Errorf("closing it left %v", err)
	}
}

func TestAStoppedPluginIsClosedInBoundedTime(t *testing.T) {
	t.Parallel()
	s := spec(t, "is good")
	s.KillGrace = 200 * time.Millisecond
	p := started(t, s)
	if err := syscall.Kill(p.child.pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > patience {
		t.Errorf("took %s", took)
	}
	if syscall.Kill(p.child.pid, 0) == nil {
		t.Error("it still runs")
	}
}

// The flood is over 16 MiB; what is kept of it must not grow with it.
func TestAFloodTakesNoMemory(t *testing.T) {
	p := started(t, spec(t, "floods stderr in a call"))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	_, err := p.Probe(t.Context(), &pluginv1.ProbeRequest{})
	expect(t, err, Flooded, "probe")
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}

func TestLogLinesKeepLevelAndNameAndStdoutHasNoMeaning(t *testing.T) {
	t.Parallel()
	type line struct {
		level, message string
		logger, broker string
	}
	var mu sync.Mutex
	var got []line
	s := spec(t, "logs")
	all := make(chan struct{})
	s.Log = func(level, message string, fields map[string]string) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, line{level, message, fields["logger"], fields["broker"]})
		if len(got) == 3 {
			close(all)
		}
	}
	if _, err := started(t, s).Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !within(all, patience) {
		t.Fatalf("only %v", got)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []line{{"warn", "slow", "kafka.admin", "1"}, {"info", "plain words", "", ""}, {"debug", "printed", "", ""}} {
		if !slices.Contains(got, want) {
			t.Errorf("%v is not in %v", want, got)
		}
	}
}
