package pluginhost

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/fingerprint"
)

func TestASessionLaunchesOnceAndRestartsWhatCrashedOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.add(t, "plain")
	p := b.resolve(t, "plain")[0]
	b.quiet()
	s := b.Open()
	defer s.Close()
	if len(b.launches) > 0 {
		t.Error("Open launched something")
	}
	details := make([]string, 8)
	var wait sync.WaitGroup
	for i := range details {
		wait.Go(func() {
			probed, err := s.Probe(t.Context(), p, Run{ID: "1"}, "plain")
			if err != nil || !probed.Ready {
				t.Errorf("%+v, %v", probed, err)
			}
			details[i] = probed.Detail
		})
	}
	wait.Wait()
	if len(b.launches) != 1 || len(slices.Compact(slices.Clone(details))) != 1 {
		t.Fatalf("launches %v, answers %v", b.launches, details)
	}
	end := Call{Command: "end"}
	_, err := s.Invoke(t.Context(), p, Run{ID: "2"}, end, nil)
	if err == nil || !strings.Contains(err.Error(), `plugin "plain", invoke end: `) {
		t.Fatalf("a plugin that ended gave %v", err)
	}
	probed, err := s.Probe(t.Context(), p, Run{ID: "3"}, "plain")
	if err != nil || probed.Detail == details[0] || len(b.launches) != 2 {
		t.Fatalf("%+v, %v, launches %v", probed, err, b.launches)
	}
	if _, err := s.Invoke(t.Context(), p, Run{ID: "4"}, end, nil); err == nil {
		t.Fatal("no error")
	}
	if _, err := s.Probe(t.Context(), p, Run{ID: "5"}, "plain"); err == nil || len(b.launches) != 2 {
		t.Errorf("%v, launches %v", err, b.launches)
	}
}

func TestAPluginGetsOnlyWhatItDeclares(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.add(t, "plain")
	b.Environ = append(b.Environ, "AWS_SECRET_ACCESS_KEY=of-the-shell", "LANG=C.UTF-8")
	p := b.resolve(t, "plain")[0]
	s := b.Open()
	defer s.Close()
	run := Run{
		ID: "1", Deadline: time.Now().Add(time.Minute),
		Config:  map[string]string{"OTHER": "not-declared", "PLAIN_PASSWORD": "as-config"},
		Secrets: map[string]string{"PLAIN_PASSWORD": "hunter2", "OTHER_PASSWORD": "not-declared", "PLAIN_MODE": "no-secret"},
	}
	var out bytes.Buffer
	code, err := s.Invoke(t.Context(), p, run, Call{Command: "env", Out: &out}, nil)
	if err != nil || code != 0 {
		t.Fatal(code, err)
	}
	text := out.String()
	for _, want := range []string{"config calm \n", "secret hunter2 \n", "env LANG=C.UTF-8\n", "env PATH="} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q in\n%s", want, text)
		}
	}
	for _, leak := range []string{"of-the-shell", "not-declared", "as-config", "no-secret", "env GO"} {
		if strings.Contains(text, leak) {
			t.Errorf("%q reached the plugin", leak)
		}
	}
	s.Close() // after which all that it logged has been handed on
	var logged string
	b.note(func() { logged = fmt.Sprint(b.lines) })
	if !strings.Contains(logged, "the password is ****") || strings.Contains(logged, "hunter2") {
		t.Errorf("logged: %s", logged)
	}
	if run := run.of(p.Manifest); len(run.GetConfig()) != 2 || len(run.GetSecrets()) != 1 {
		t.Errorf("handed over: %v, %d secrets", run.GetConfig(), len(run.GetSecrets()))
	}
}

func TestAHookTellsWhatItDidWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.add(t, "plain")
	p := b.resolve(t, "plain")[0]
	s := b.Open()
	defer s.Close()
	var told []Resource
	run := Run{ID: "1", Config: map[string]string{"PLAIN_MODE": "\x1b[31mred"}, Secrets: map[string]string{"PLAIN_PASSWORD": "hunter2"}}
	err := s.Hook(t.Context(), p, run, "post_ready", func(e Event) {
		if e.Resource != nil {
			told = append(told, *e.Resource)
		}
	})
	want := []Resource{{"thing", " [31mred", "created"}, {"secret", "****", "existed"}}
	if err != nil || !slices.Equal(told, want) {
		t.Errorf("%v: got %q, want %q", err, told, want)
	}
	found, err := s.Validate(t.Context(), p, map[string]string{"PLAIN_MODE": "odd"})
	if err != nil || len(found) != 1 || found[0].Code != "MODE_ODD" || found[0].Warning {
		t.Errorf("%+v, %v", found, err)
	}
}

// A hook may have done half of its work: it is not begun again by itself.
func TestAHookInWhichThePluginDiesIsOneErrorWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.add(t, "plain")
	p := b.resolve(t, "plain")[0]
	b.quiet()
	s := b.Open()
	defer s.Close()
	run := Run{ID: "1", Config: map[string]string{"PLAIN_MODE": "fatal"}, Secrets: map[string]string{"PLAIN_PASSWORD": "hunter2"}}
	err := s.Hook(t.Context(), p, run, "post_ready", nil)
	if failure.CodeOf(err) != failure.NotReady || len(b.launches) != 1 {
		t.Fatalf("code %d after launches %v: %v", failure.CodeOf(err), b.launches, err)
	}
	for _, want := range []string{`plugin "plain", hook post_ready: `, "exit status 7", "cannot go on with ****", "mage plugin:test plain"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not said:\n%v", want, err)
		}
	}
}

func TestABackupListsItsFilesAndAFindingIsAnErrorWithItsCode(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.add(t, "plain")
	p := b.resolve(t, "plain")[0]
	s := b.Open()
	defer s.Close()
	dir, told := t.TempDir(), 0
	files, err := s.Backup(t.Context(), p, Run{ID: "1"}, dir, func(e Event) {
		if e.Progress != nil {
			told++
		}
	})
	sum, sumErr := fingerprint.SumFile(filepath.Join(dir, "data"))
	if err != nil || sumErr != nil || told != 1 || !slices.Equal(files, []File{{Path: "data", Size: 4, SHA256: sum}}) {
		t.Fatalf("%+v, %v, %d told", files, err, told)
	}
	if err := s.Restore(t.Context(), p, Run{ID: "2"}, dir, nil); err != nil {
		t.Error(err)
	}
	odd := Run{ID: "3", Config: map[string]string{"PLAIN_MODE": "odd"}, Secrets: map[string]string{"PLAIN_PASSWORD": "hunter2"}}
	_, err = s.Backup(t.Context(), p, odd, dir, nil)
	var rejected *Rejected
	if !errors.As(err, &rejected) || rejected.Diagnostic.Code != "TOO_ODD" {
		t.Fatalf("got %v", err)
	}
	if want := "plugin \"plain\", backup: cannot read with ****\n  → use calm"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestNothingRunsAfterClose(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.add(t, "plain")
	p := b.resolve(t, "plain")[0]
	s := b.Open()
	if _, err := s.Probe(t.Context(), p, Run{ID: "1"}, "plain"); err != nil {
		t.Fatal(err)
	}
	proc := s.running["plain"].proc
	began := time.Now()
	s.Close()
	s.Close()
	select {
	case <-proc.Done():
	default:
		t.Error("the plugin runs after Close")
	}
	if took := time.Since(began); took > patience {
		t.Errorf("Close took %s", took)
	}
	if _, err := s.Probe(t.Context(), p, Run{ID: "2"}, "plain"); err == nil {
		t.Error("a call after Close succeeded")
	}
}

// A plugin whose library knows no TLS is started again without, over the
// private socket.
func TestAPluginWithoutTLSIsUsedAsWell(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	main := filepath.Join(b.add(t, "plain"), "main.go")
	text, err := os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	without := "for _, name := range []string{\"SPELLBOOK_TLS\", \"PLUGIN_CLIENT_CERT\"} {\n\t\tif err := os.Unsetenv(name); err != nil {\n\t\t\tpanic(err)\n\t\t}\n\t}\n\tsdk.Serve("
	write(t, main, strings.Replace(string(text), "sdk.Serve(", without, 1))
	p := b.resolve(t, "plain")[0]
	s := b.Open()
	defer s.Close()
	probed, err := s.Probe(t.Context(), p, Run{ID: "1"}, "plain")
	if err != nil || !probed.Ready {
		t.Errorf("%+v, %v", probed, err)
	}
}
