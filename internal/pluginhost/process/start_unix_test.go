//go:build unix

package process

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAPluginThatStartsWrongIsACodedErrorInBoundedTime(t *testing.T) {
	t.Parallel()
	for role, want := range map[string]struct {
		code  Code
		phase string
	}{
		"exits at once":                        {Crashed, "handshake"},
		"panics at once":                       {Crashed, "handshake"},
		"wants another cookie":                 {Crashed, "handshake"},
		"floods stdout":                        {BadHandshake, "handshake"},
		"floods stdout without a line":         {BadHandshake, "handshake"},
		"floods stderr":                        {Flooded, "handshake"},
		"says hello":                           {BadHandshake, "handshake"},
		"names the engine's socket":            {BadHandshake, "handshake"},
		"speaks the old core":                  {APIVersion, "handshake"},
		"speaks net/rpc":                       {BadHandshake, "handshake"},
		"speaks version 2":                     {APIVersion, "handshake"},
		"sends a certificate nobody asked for": {BadHandshake, "handshake"},
	} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			s := spec(t, role)
			s.MTLS = false
			_, err := Start(t.Context(), s)
			e := coded(t, err, want.code, want.phase)
			if e.Hint == "" || strings.Contains(e.Summary, "\n") {
				t.Errorf("%q has no hint, or is not one line", e.Error())
			}
		})
	}
}

func TestAPluginThatNeverShakesHandsTimesOut(t *testing.T) {
	t.Parallel()
	for role, phase := range map[string]string{
		"never speaks": "handshake", "stops before the handshake": "handshake", "never answers its socket": "connect",
	} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			s := spec(t, role)
			s.KillGrace = 200 * time.Millisecond
			ctx := newLate(t.Context())
			s.Log = func(_, message string, _ map[string]string) {
				if message == reached {
					ctx.expire()
				}
			}
			_, err := Start(ctx, s)
			e := coded(t, err, HandshakeTimeout, phase)
			if !errors.Is(e, context.DeadlineExceeded) {
				t.Errorf("%v is no deadline", e)
			}
		})
	}
}

func TestAStartIsBoundedByItsTimeout(t *testing.T) {
	t.Parallel()
	s := spec(t, "never speaks")
	s.StartTimeout = time.Second
	_, err := Start(t.Context(), s)
	expect(t, err, HandshakeTimeout, "")
}

func TestTheLastWordsOfACrashAreKeptApart(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), spec(t, "exits at once"))
	e := coded(t, err, Crashed, "handshake")
	if len(e.Output) != 1 || e.Output[0] != "cannot read /etc/kafka.conf" || strings.Contains(e.Error(), "kafka.conf") {
		t.Errorf("%q with %q", e.Error(), e.Output)
	}
	if !strings.Contains(e.Summary, "exit status 3") {
		t.Errorf("%q does not say how it ended", e.Summary)
	}
}

func TestACancelledStartIsNoFaultOfThePlugin(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := spec(t, "never speaks")
	time.AfterFunc(300*time.Millisecond, cancel)
	_, err := Start(ctx, s)
	if e := coded(t, err, Canceled, ""); !errors.Is(e, context.Canceled) || e.Hint != "" {
		t.Errorf("got %v with hint %q", e, e.Hint)
	}
}

func TestWhatIsNoProgramCannotBeStarted(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]os.FileMode{"no format": 0o755, "no right to run": 0o644} {
		path := filepath.Join(t.TempDir(), "kafka")
		if err := os.WriteFile(path, []byte("\x7fELF no more"), mode); err != nil {
			t.Fatal(err)
		}
		s := spec(t, "")
		s.File = open(t, path)
		_, err := Start(t.Context(), s)
		if e := coded(t, err, StartFailed, "start"); !strings.Contains(e.Summary, path) {
			t.Errorf("%s: %q does not name the file", name, e.Summary)
		}
	}
}

func TestWithAndWithoutMTLSAndWithGoPluginsOwn(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"is good", "is stock"} {
		for _, mtls := range []bool{true, false} {
			s := spec(t, role)
			s.MTLS = mtls
			p := started(t, s)
			if m, err := p.Describe(t.Context()); err != nil || m.GetName() != "kafka" {
				t.Errorf("%s, mTLS %v: %v, %v", role, mtls, m, err)
			}
		}
	}
}

// expect is coded where nothing else is asked.
func expect(t *testing.T, err error, code Code, phase string) {
	t.Helper()
	_ = coded(t, err, code, phase)
}

// coded is the error, if it says what it should; an empty phase is any.
func coded(t *testing.T, err error, code Code, phase string) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *Error", err)
	}
	if e.Code != code || e.Plugin != "kafka" || phase != "" && e.Phase != phase {
		t.Errorf("got %s in phase %q: %v %q, want %s in %q", e.Code, e.Phase, e, e.Output, code, phase)
	}
	return e
}
