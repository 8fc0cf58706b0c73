package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/report"
)

// looks are the forms in which somebody may see a table or a failure.
var looks = map[string]report.Options{
	"plain":        {Mode: report.Plain, Width: 1000},
	"github":       {Mode: report.GitHub, Width: 1000},
	"terminal-60":  {Mode: report.Terminal, Width: 60},
	"terminal-80":  {Mode: report.Terminal, Width: 80},
	"terminal-120": {Mode: report.Terminal, Width: 120},
	"colour":       {Mode: report.Terminal, Width: 80, Color: true},
}

// eachLook writes something in all forms, one below the other.
func eachLook(t *testing.T, write func(o report.Options) error) string {
	t.Helper()
	var all strings.Builder
	for _, name := range []string{"plain", "github", "terminal-60", "terminal-80", "terminal-120", "colour"} {
		o, out := looks[name], &bytes.Buffer{}
		o.Out, o.Err, o.Now = out, out, func() time.Time { return began }
		if err := write(o); err != nil {
			t.Fatal(err)
		}
		fitsIn(t, o, out.String())
		fmt.Fprintf(&all, "=== %s\n%s", name, strings.ReplaceAll(out.String(), "\x1b", "␛"))
	}
	return all.String()
}

func fitsIn(t *testing.T, o report.Options, text string) {
	t.Helper()
	for line := range strings.Lines(sgr.ReplaceAllString(text, "")) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); o.Mode == report.Terminal && n > o.Width {
			t.Errorf("%d columns on %d: %s", n, o.Width, line)
		}
	}
}

func TestFailedBuildsAreGolden(t *testing.T) {
	golden(t, "build-failures.txt", eachLook(t, func(o report.Options) error { return report.BuildFailures(o, buildFailures()) }))
}

func TestTablesOfBuildsAreGolden(t *testing.T) {
	golden(t, "build-table.txt", eachLook(t, func(o report.Options) error { return report.BuildTable(o, builtRows()) }))
	golden(t, "build-plan.txt", eachLook(t, func(o report.Options) error { return report.BuildPlanTable(o, plannedRows()) }))
	golden(t, "build-images.txt", eachLook(t, func(o report.Options) error { return report.ImageTable(o, imageRows()) }))
	golden(t, "build-explain.txt", eachLook(t, func(o report.Options) error { return report.ExplainTable(o, explanation()) }))
}

func TestTheProgressOfBuildsIsGolden(t *testing.T) {
	at := map[string][]int{"well": {450, 1500, 5000, 12_500, 14_600}, "badly": {5000}}
	for name, script := range map[string][]moment{"well": builtWell, "badly": builtBadly} {
		for _, mode := range []string{"plain", "github"} {
			var err bytes.Buffer
			show(report.Options{Mode: modes[mode], Err: &err, Now: func() time.Time { return began }}, builds(), script)
			golden(t, mode+"-built-"+name+".txt", err.String())
		}
		for _, width := range []int{80, 120} {
			pictures := film(t, report.Options{Width: width}, builds(), script, at[name]...)
			golden(t, fmt.Sprintf("terminal-built-%s-%d.txt", name, width), strings.Join(pictures, strings.Repeat("─", 40)+"\n"))
		}
	}
}

func TestEveryReporterTellsWhatBecameOfEachBuild(t *testing.T) {
	each(t, func(t *testing.T, o report.Options, out, err *buffer) {
		show(o, builds(), builtWell)
		contains(t, err.String(), "backend", "9 steps, 6 cached", "frontend", "4 steps", "pushed", "worker", "tagged")
		lacks(t, err.String(), "build image", "agent-plotmaster  ")
		if out.String() != "" {
			t.Errorf("standard output has %q", out)
		}
	})
}

// The block of the failure has an annotation with the line of the Dockerfile:
// two for one failure would be one too many.
func TestAFailedBuildHasOneAnnotation(t *testing.T) {
	var err bytes.Buffer
	o := report.Options{Mode: report.GitHub, Err: &err, Now: func() time.Time { return began }}
	show(o, builds(), builtBadly)
	if e := report.BuildFailures(o, buildFailures()[:1]); e != nil {
		t.Fatal(e)
	}
	if n := strings.Count(err.String(), "\n::error "); n != 1 {
		t.Errorf("%d annotations:\n%s", n, err.String())
	}
}

func TestAPushThatFailsIsAnnotated(t *testing.T) {
	var err bytes.Buffer
	script := []moment{step(0, begun, push), {ms: 10, kind: failed, id: push, err: errors.New("denied")}}
	show(report.Options{Mode: report.GitHub, Err: &err, Now: func() time.Time { return began }}, builds(), script)
	contains(t, err.String(), "::error title=backend::pushing registry.example/scribe/backend:3f9a1c2d4e5f6071, :latest failed after 10ms: denied\n")
}

func TestTheOutputOfABuildGivesGitHubNoCommands(t *testing.T) {
	var err bytes.Buffer
	nasty := "x\n::error::y\r\n##[error]z"
	f := report.BuildFailed{Build: nasty, Services: []string{nasty}, Stage: nasty, Step: nasty, Dockerfile: nasty, Line: 1, ExitCode: 127,
		Output: []string{"::endgroup::", nasty, "##[error]b"}, Reason: nasty, Hint: nasty}
	for _, excerpt := range [][]report.CodeLine{nil, {{Number: 1, Text: "::stop-commands::t"}}} {
		f.Excerpt = excerpt
		if e := report.BuildFailures(report.Options{Mode: report.GitHub, Err: &err}, []report.BuildFailed{f}); e != nil {
			t.Fatal(e)
		}
	}
	var commands []string
	for line := range strings.Lines(err.String()) {
		if strings.Contains(line, "##[") {
			t.Errorf("a command: %q", line)
		}
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "::") {
			commands = append(commands, strings.Fields(line)[0])
		}
	}
	if got, want := strings.Join(commands, " "), "::group::output ::endgroup:: ::error ::group::output ::endgroup:: ::error"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAFailureThatCannotBeWrittenIsAnError(t *testing.T) {
	o := report.Options{Err: deaf{}, Out: deaf{}}
	for name, err := range map[string]error{
		"failures": report.BuildFailures(o, buildFailures()), "builds": report.BuildTable(o, builtRows()), "plan": report.BuildPlanTable(o, plannedRows()),
		"images": report.ImageTable(o, imageRows()), "explanation": report.ExplainTable(o, explanation()),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A build may say much in a short time, and then nothing for long.
func TestALongStepOfABuildIsToldBySilenceToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var err buffer
		r := report.New(report.Options{Err: &err, Now: time.Now})
		p := builds()
		r.Start("build:all lab", p)
		defer r.Stop()
		r.Event(engine.Event{At: time.Now(), Kind: begun, Step: p.Steps[0]})
		for i := range 100 {
			note := engine.Note{Text: fmt.Sprintf("%d/100 RUN --mount=type=cache,target=/x --network=none make part-%d", i+1, i+1)}
			r.Event(engine.Event{At: time.Now(), Kind: noted, Step: p.Steps[0], Note: note})
			time.Sleep(100 * time.Millisecond)
		}
		if n := strings.Count(err.String(), "RUN make part-"); n != 4 {
			t.Errorf("%d lines of progress in 10 s:\n%s", n, err.String())
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		contains(t, err.String(), "  still building backend (18s: 100/100 RUN make part-100)\n")
	})
}

func TestNoTableOfBuildsIsWiderThanTheTerminal(t *testing.T) {
	for width := 60; width < 140; width++ {
		var out bytes.Buffer
		o := report.Options{Mode: report.Terminal, Width: width, Out: &out, Err: &out, Now: func() time.Time { return began }}
		for name, err := range map[string]error{
			"failures": report.BuildFailures(o, buildFailures()), "builds": report.BuildTable(o, builtRows()), "plan": report.BuildPlanTable(o, plannedRows()),
			"images": report.ImageTable(o, imageRows()), "explanation": report.ExplainTable(o, explanation()),
		} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		fitsIn(t, o, out.String())
	}
}

func TestWhateverHappensToBuildsIsDrawnInAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		script := rapid.Permutation(append(builtWell[:len(builtWell):len(builtWell)], builtBadly...)).Draw(rt, "script")
		width := rapid.IntRange(20, 120).Draw(rt, "width")
		var err bytes.Buffer
		show(report.Options{Mode: report.Terminal, Err: &err, Width: width, Now: func() time.Time { return began }}, builds(), script)
		lastPicture(t, err.String(), width)
	})
}

func TestEmptyTablesOfBuildsAreHeadersOnly(t *testing.T) {
	var out bytes.Buffer
	o := report.Options{Out: &out, Err: &out}
	if err := errors.Join(report.BuildTable(o, nil), report.BuildPlanTable(o, nil), report.ImageTable(o, nil), report.BuildFailures(o, nil)); err != nil {
		t.Fatal(err)
	}
	lacks(t, out.String(), "✖", "✔")
}

// An empty screen would leave open whether something went wrong.
func TestNoImagesAtAllIsSaidBesideTheTable(t *testing.T) {
	var out, told bytes.Buffer
	if err := report.ImageTable(report.Options{Out: &out, Err: &told}, nil); err != nil {
		t.Fatal(err)
	}
	if out.Len() > 0 || told.String() != "no images of this project's builds\n  → mage build:all\n" {
		t.Errorf("standard output has %q, standard error %q", out.String(), told.String())
	}
	if err := report.ImageTable(report.Options{Out: &out, Err: deaf{}}, nil); err == nil {
		t.Error("no error though it cannot be written")
	}
}

func TestTheUsersOfAnImageAreInTheOrderOfTheirNames(t *testing.T) {
	images := []report.Image{{Repository: "scribe/backend", UsedBy: []string{"worker", "api", "migrate"}}}
	var table, document bytes.Buffer
	if err := errors.Join(report.ImageTable(report.Options{Out: &table, Err: &table}, images), report.Document(&document, images[0])); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"table": table.String(), "document": document.String()} {
		if api, migrate, worker := strings.Index(text, "api"), strings.Index(text, "migrate"), strings.Index(text, "worker"); api < 0 || api > migrate || migrate > worker {
			t.Errorf("%s:\n%s", name, text)
		}
	}
}

func TestAnExplanationSaysWhatABuildWouldDo(t *testing.T) {
	none := report.Explanation{Service: "api", Services: []string{"api"}, Image: "lab-api:0123456789abcdef", Last: "00ff", Built: began.Add(-90 * time.Second)}
	for want, change := range map[string]func(e *report.Explanation){
		"is there, nothing to do: nothing changed since the last build, 1 minute ago\n": func(e *report.Explanation) { e.State = report.ImageExists },
		"is there, nothing to do: nothing changed since the last build, just now\n":     func(e *report.Explanation) { e.State, e.Built = report.ImageExists, began.Add(-time.Millisecond) },
		"would be built: image is gone\n":                                               func(e *report.Explanation) { e.State, e.Cause = report.ToBuild, "image is gone" },
		"would be built: no image yet\n":                                                func(e *report.Explanation) { e.State, e.Cause, e.Last = report.ToBuild, "no image yet", "" },
		"would be tagged, not built: lab-api:latest is missing\n":                       func(e *report.Explanation) { e.State, e.Cause = report.ToTag, "lab-api:latest is missing" },
		"is there, nothing to do: 1 input changed since the last build, 1 minute ago\n": func(e *report.Explanation) {
			e.State, e.Changes = report.ImageExists, []report.Change{{Input: report.InputFile, Name: "a", How: report.HowAdded}}
		},
	} {
		e := none
		change(&e)
		var out bytes.Buffer
		if err := report.ExplainTable(report.Options{Out: &out, Now: func() time.Time { return began }}, e); err != nil {
			t.Fatal(err)
		}
		contains(t, out.String(), "api is built into lab-api:0123456789abcdef\n"+want)
	}
}
