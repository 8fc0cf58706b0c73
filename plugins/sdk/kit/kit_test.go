package kit_test

import (
	"bytes"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/plugins/sdk/kit"
)

// TestMain makes this test's binary a plugin where the kit starts it as one.
func TestMain(m *testing.M) {
	if name := os.Getenv("KIT_DEFECT"); name != "" {
		serve(defects()[name])
		return
	}
	os.Exit(m.Run())
}

func options(t *testing.T, name string, live bool) kit.Options {
	t.Helper()
	o := kit.Options{Environ: []string{"KIT_DEFECT=" + name, "GORACE=atexit_sleep_ms=0"}}
	if live {
		o.Endpoints = map[string]string{"box": box(t)}
		o.Secrets = map[string]string{"BOX_PASSWORD": "open sesame"}
		o.Project, o.Backups = "kit-test", filepath.Join(t.TempDir(), "backups")
	}
	return o
}

// box greets everybody who comes.
func box(t *testing.T) string {
	t.Helper()
	var lc net.ListenConfig
	listener, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = listener.Close(); <-done })
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("hello"))
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

func TestASoundPluginPasses(t *testing.T) {
	t.Parallel()
	kit.Test(t, os.Args[0], options(t, "none", true))
}

func TestTheKitFindsEveryDefect(t *testing.T) {
	t.Parallel()
	for name, d := range defects() {
		if d.check == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t, name, d.live)
			o.Only = []string{d.check}
			if d.check == "stdout" || d.check == "secrets" { // which judge what others heard
				o.Only = append(o.Only, "probe: closed endpoint")
			}
			report, err := kit.Run(t.Context(), os.Args[0], o)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, c := range report.Checks {
				if c.Name == d.check {
					found = c.Status == kit.Fail && c.Detail != ""
				}
			}
			if !found {
				t.Errorf("the check %q did not fail:\n%s", d.check, table(t, report))
			}
		})
	}
}

func table(t *testing.T, r kit.Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestEveryCheckIsFailedBySomePlugin(t *testing.T) {
	t.Parallel()
	report, err := kit.Run(t.Context(), os.Args[0], options(t, "none", false))
	if err != nil {
		t.Fatal(err)
	}
	failed := map[string]bool{}
	for _, d := range defects() {
		failed[d.check] = true
	}
	for _, c := range report.Checks {
		if !failed[c.Name] {
			t.Errorf("no plugin here fails the check %q", c.Name)
		}
	}
}

func TestTheTableSaysWhyACheckDoesNotApply(t *testing.T) {
	t.Parallel()
	report, err := kit.Run(t.Context(), os.Args[0], options(t, "none", false))
	if err != nil {
		t.Fatal(err)
	}
	text := table(t, report)
	if report.Failed() != 0 || !strings.HasSuffix(text, "box 1.2.3: 22 checks passed, 0 failed, 3 not run\n") {
		t.Error(text)
	}
	for _, line := range []string{"not run  hooks twice", "needs the endpoints of a running stack", "pass     handshake"} {
		if !strings.Contains(text, line) {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
}

func TestWhatIsNoPluginFailsTheHandshakeOnly(t *testing.T) {
	t.Parallel()
	report, err := kit.Run(t.Context(), filepath.Join(t.TempDir(), "missing"), kit.Options{})
	if err != nil || report.Failed() != 2 || report.Checks[0].Status != kit.Fail || report.Checks[2].Status != kit.NotApplicable {
		t.Errorf("%v\n%s", err, table(t, report))
	}
	broken := errors.New("disk full")
	if err := report.Write(failing{broken}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
