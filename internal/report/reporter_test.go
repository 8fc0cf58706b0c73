package report_test

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
)

var modes = map[string]report.Mode{"plain": report.Plain, "terminal": report.Terminal, "github": report.GitHub, "json": report.JSON}

// each runs a test on every reporter: the contract they share.
func each(t *testing.T, test func(t *testing.T, o report.Options, out, err *buffer)) {
	t.Helper()
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			var out, err buffer
			test(t, report.Options{Mode: mode, Out: &out, Err: &err, Now: func() time.Time { return began }}, &out, &err)
		})
	}
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// show runs a whole script through a reporter.
func show(o report.Options, p plan.Plan, script []moment) {
	r := report.New(o)
	r.Start("infra:up lab", p)
	for _, e := range events(p, script) {
		r.Event(e)
	}
	r.Stop()
}

func TestEveryReporterNamesWhatBecameOfEachService(t *testing.T) {
	each(t, func(t *testing.T, o report.Options, _, err *buffer) {
		show(o, stack(), badly)
		contains(t, err.String(), "infra:up lab", "postgres", "exited with code 137: out of", "redis", "ready",
			"mail", "exited with code 3, restarted", "migrate", "not started", "needs postgres", "gateway", "needs api")
	})
}

func TestEveryReporterKeepsStandardOutputForResults(t *testing.T) {
	each(t, func(t *testing.T, o report.Options, out, _ *buffer) {
		show(o, stack(), badly)
		if out.String() != "" {
			t.Errorf("standard output has %q", out)
		}
	})
}

func TestEveryReporterSpeaksOfNoStepsAndNoBookkeeping(t *testing.T) {
	each(t, func(t *testing.T, o report.Options, _, err *buffer) {
		show(o, stack(), well)
		lacks(t, err.String(), "remember", "next run", "start service", "await", "create containers")
	})
}

func TestEveryReporterIsSilentAfterStopAndStopsTwice(t *testing.T) {
	each(t, func(t *testing.T, o report.Options, _, err *buffer) {
		r := report.New(o)
		r.Start("infra:up lab", stack())
		r.Stop()
		before := err.String()
		r.Stop()
		for _, e := range events(stack(), badly) {
			r.Event(e)
		}
		if after := err.String(); after != before {
			t.Errorf("wrote after Stop: %q", strings.TrimPrefix(after, before))
		}
	})
}

func TestEveryReporterStopsWithoutHavingStarted(t *testing.T) {
	each(t, func(t *testing.T, o report.Options, _, err *buffer) {
		report.New(o).Stop()
		if err.String() != "" {
			t.Errorf("wrote %q", err)
		}
	})
}

// Without a live tree, silence is all that somebody sees of a long wait.
func TestAReporterWithoutATreeSaysWhatIsWaitedFor(t *testing.T) {
	each(t, func(t *testing.T, o report.Options, _, err *buffer) {
		if o.Mode == report.Terminal {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			o.Now = time.Now
			p := plan.Plan{}
			p.Add(plan.Step{ID: "await", Service: "db", Action: plan.AwaitReady{}})
			p.Add(plan.Step{ID: "exit", Service: "migrate", Action: plan.AwaitExit{}})
			p.Add(plan.Step{ID: "other", Service: "api", Action: plan.AwaitReady{}})
			r := report.New(o)
			r.Start("infra:up lab", p)
			for _, s := range p.Steps {
				r.Event(engine.Event{At: time.Now(), Kind: engine.Begun, Step: s})
			}
			time.Sleep(4 * time.Second)
			r.Event(engine.Event{At: time.Now(), Kind: engine.Done, Step: p.Steps[2]})
			time.Sleep(9 * time.Second)
			synctest.Wait()
			lacks(t, err.String(), "still")
			time.Sleep(12 * time.Second)
			synctest.Wait()
			contains(t, err.String(), "  still starting db (14s); running migrate (14s)\n", "  still starting db (24s); running migrate (24s)\n")
			r.Stop()
			before := err.String()
			time.Sleep(time.Minute)
			synctest.Wait()
			if err.String() != before {
				t.Errorf("wrote after Stop: %q", err)
			}
		})
	})
}

func TestEveryReporterShowsAnEmptyPlanAndForeignEvents(t *testing.T) {
	each(t, func(_ *testing.T, o report.Options, _, _ *buffer) {
		for _, script := range [][]moment{well, badly} {
			r := report.New(o)
			r.Start("infra:up lab", plan.Plan{})
			for _, e := range events(stack(), script) {
				r.Event(e)
			}
			r.Stop()
		}
	})
}

var sgr = regexp.MustCompile(`\x1b\[[0-9;]*m`)

func TestNoReporterColoursUnlessAskedTo(t *testing.T) {
	each(t, func(t *testing.T, o report.Options, _, err *buffer) {
		show(o, stack(), badly)
		if sgr.MatchString(err.String()) {
			t.Errorf("coloured: %q", err)
		}
		o.Color = true
		show(o, stack(), badly)
		if !sgr.MatchString(err.String()) {
			t.Error("not coloured though asked to")
		}
	})
}

func TestNoReporterLetsForeignTextThroughUnescaped(t *testing.T) {
	each(t, func(t *testing.T, o report.Options, _, err *buffer) {
		show(o, stack(), nasty)
		lacks(t, err.String(), "\x1b[31m", "\x07", "\n::error::no", "\n##[error]")
	})
}

// deaf fails every write, as a closed pipe does.
type deaf struct{}

func (deaf) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestNoReporterMindsABrokenPipe(t *testing.T) {
	each(t, func(_ *testing.T, o report.Options, _, _ *buffer) {
		o.Err = deaf{}
		show(o, stack(), badly)
	})
}

func TestPlainAndGitHubLinesAreGolden(t *testing.T) {
	scripts := map[string][]moment{"well": well, "badly": badly, "nasty": nasty}
	for _, mode := range []string{"plain", "github"} {
		for name, script := range scripts {
			var err bytes.Buffer
			show(report.Options{Mode: modes[mode], Err: &err, Now: func() time.Time { return began }}, stack(), script)
			golden(t, mode+"-"+name+".txt", err.String())
		}
	}
}

func TestDownIsToldInTheSameWords(t *testing.T) {
	p, script := down()
	for _, mode := range []string{"plain", "terminal"} {
		var err bytes.Buffer
		show(report.Options{Mode: modes[mode], Err: &err, Now: func() time.Time { return began }}, p, script)
		golden(t, mode+"-down.txt", lastPicture(t, err.String(), 80))
	}
}

// down is the plan of infra:down with volumes.
func down() (plan.Plan, []moment) {
	p := plan.Plan{Project: "lab"}
	var script []moment
	add := func(ms int, id plan.ID, service string, a plan.Action) {
		p.Add(plan.Step{ID: id, Service: service, Cause: "requested", Action: a})
		script = append(script, step(ms, begun, id), step(ms+1200, done, id))
	}
	add(10, "stop service api", "api", plan.StopContainers{Names: []string{"a", "b", "c"}})
	add(1210, "remove service api", "api", plan.RemoveContainers{Names: []string{"a", "b", "c"}})
	add(2410, "remove networks", "", plan.RemoveNetwork{Name: "lab_default"})
	add(2410, "remove volumes", "", plan.RemoveVolumes{Names: []string{"lab_data", "lab_cache"}})
	return p, script
}

func TestATimeOutIsToldWhereItHit(t *testing.T) {
	each(t, func(t *testing.T, o report.Options, _, err *buffer) {
		late := append(opening[:len(opening):len(opening)],
			moment{ms: 60_000, kind: cancelled, id: "await ready postgres", err: errors.New("timed out")})
		show(o, stack(), late)
		contains(t, err.String(), "not ready", "timed out")
	})
}

func TestTheTickerDrawsAboutTwelveTimesASecondAndEndsWithStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var err countingWriter
		r := report.New(report.Options{Mode: report.Terminal, Err: &err, Now: time.Now})
		r.Start("infra:up lab", stack())
		for range 1000 {
			r.Event(engine.Event{At: time.Now(), Kind: begun, Step: stack().Steps[0]})
		}
		time.Sleep(time.Second)
		r.Stop()
		if n := err.n; n < 10 || n > 17 {
			t.Errorf("%d writes in a second", n)
		}
	})
}

type countingWriter struct{ n int }

func (w *countingWriter) Write(p []byte) (int, error) { w.n++; return len(p), nil }

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in:\n%s", part, text)
		}
	}
}

func lacks(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%q is in:\n%q", part, text)
		}
	}
}
