package report_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/readiness"
	"github.com/infinitescribe/spellbook/internal/report"
)

// film plays a script in fake time and returns what stands on the terminal at
// each of the given milliseconds, and at the end.
func film(t *testing.T, o report.Options, p plan.Plan, script []moment, at ...int) []string {
	t.Helper()
	var pictures []string
	synctest.Test(t, func(t *testing.T) {
		var err buffer
		start := time.Now()
		o.Mode, o.Err = report.Terminal, &err
		o.Now = func() time.Time { return began.Add(time.Since(start)) }
		r := report.New(o)
		r.Start("infra:up lab", p)
		list := events(p, script)
		for _, ms := range append(at, script[len(script)-1].ms) {
			for len(list) > 0 && list[0].At.Sub(began) <= time.Duration(ms)*time.Millisecond {
				time.Sleep(list[0].At.Sub(o.Now()))
				r.Event(list[0])
				list = list[1:]
			}
			time.Sleep(began.Add(time.Duration(ms+90) * time.Millisecond).Sub(o.Now()))
			synctest.Wait()
			pictures = append(pictures, lastPicture(t, err.String(), max(o.Width, 20)))
		}
		r.Stop()
		pictures[len(pictures)-1] = lastPicture(t, err.String(), max(o.Width, 20))
		if !strings.HasSuffix(err.String(), "\x1b[?25h") {
			t.Error("the cursor stays hidden")
		}
	})
	return pictures
}

func TestTheLiveTreeIsGoldenAtEachMoment(t *testing.T) {
	for name, script := range map[string][]moment{"well": well, "badly": badly, "nasty": nasty} {
		pictures := film(t, report.Options{Width: 80}, stack(), script, 400, 2300, 5500, 7000)
		golden(t, "terminal-"+name+".txt", strings.Join(pictures, strings.Repeat("─", 40)+"\n"))
	}
}

// many is a plan of n services in a row of ten levels.
func many(n int) (plan.Plan, []moment) {
	p := plan.Plan{Project: "lab"}
	p.Add(plan.Step{ID: "create containers", Cause: "new", Action: plan.Compose{Argv: []string{"create"}}})
	script := []moment{step(0, begun, "create containers"), step(100, done, "create containers")}
	for i := range n {
		name := fmt.Sprintf("service-%02d", i)
		if i < 10 {
			chain(&p, name)
		} else {
			chain(&p, name, healthy(fmt.Sprintf("service-%02d", i-10)))
		}
		at := 100 + i/10*1000 + i%10
		id := plan.ID(name)
		script = append(script, step(at, begun, "start service "+id), step(at+20, done, "start service "+id),
			step(at+20, begun, "await ready "+id), step(at+900, done, "await ready "+id))
	}
	return p, sorted(script)
}

func TestMoreServicesThanRowsShowsThoseAtWorkAndCountsTheRest(t *testing.T) {
	p, script := many(60)
	pictures := film(t, report.Options{Width: 80, Height: 16}, p, script, 2500)
	golden(t, "terminal-many.txt", pictures[0])
	if n := strings.Count(pictures[0], "\n"); n > 15 {
		t.Errorf("%d lines on 16 rows", n)
	}
	if n := strings.Count(pictures[1], "✔"); n != 62 {
		t.Errorf("the last picture has %d marks:\n%s", n, pictures[1])
	}
}

func TestNoLineIsWiderThanTheTerminal(t *testing.T) {
	for _, width := range []int{20, 33, 50, 79, 120, 200} {
		film(t, report.Options{Width: width}, stack(), well, 400, 2300, 5500, 7000)
		film(t, report.Options{Width: width}, stack(), badly, 7000)
	}
}

func TestTheTreeFollowsTheTerminalsSize(t *testing.T) {
	width := 80
	o := report.Options{Width: 80, Size: func() (int, int) { width -= 3; return max(40, width), 0 }}
	pictures := film(t, o, stack(), well, 400, 7000)
	for line := range strings.Lines(pictures[len(pictures)-1]) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n >= 40 && !strings.HasPrefix(line, "! ") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestWhateverHappensInWhateverOrderIsDrawn(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		script := rapid.Permutation(append(well[:len(well):len(well)], badly...)).Draw(rt, "script")
		var err buffer
		show(report.Options{Mode: report.Terminal, Err: &err, Width: 60, Now: func() time.Time { return began }}, stack(), script)
		lastPicture(t, err.String(), 60)
	})
}

// What was started and then not waited for, as the run had failed, does not go on turning.
func TestNothingTurnsInTheLastPicture(t *testing.T) {
	p := plan.Plan{Project: "lab"}
	chain(&p, "mail")
	chain(&p, "web")
	script := []moment{
		step(10, begun, "start service mail"), step(11, begun, "start service web"), step(20, done, "start service mail"), step(20, begun, "await ready mail"),
		{ms: 300, kind: failed, id: "await ready mail", err: &readiness.ExitError{Code: 9}},
		step(400, done, "start service web"), step(400, skipped, "await ready web"),
	}
	pictures := film(t, report.Options{Width: 80}, p, script)
	last := pictures[len(pictures)-1]
	if !strings.Contains(last, "web") || !strings.Contains(last, "the run was stopped") || strings.ContainsAny(last, "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏") {
		t.Error(last)
	}
}
