package tasks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/junit"
	"github.com/infinitescribe/spellbook/internal/outputs"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
	"github.com/infinitescribe/spellbook/internal/task"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Errorf("%s: %v, got\n%s\nwant\n%s", name, err, got, want)
	}
}

// sample is a run of which every kind of end is seen: lint and unit at once, unit
// fails, what needs it is skipped. The clock moves a second whenever it is read.
func sample(t *testing.T, o report.Options) (Summary, string) {
	t.Helper()
	var out bytes.Buffer
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	o.Err, o.Now = &out, func() time.Time { now = now.Add(time.Second); return now }
	step := []task.Step{{Func: func(context.Context, io.Writer) error { return nil }}}
	list := []task.Task{{Name: "lint:go", Steps: step}, {Name: "unit:go", Steps: step}, {Name: "docs", Steps: step},
		{Name: "build:go", Steps: step, Needs: []string{"unit:go"}}, {Name: "e2e", Steps: step}, {Name: "all", Needs: []string{"build:go"}}}
	r := New(Options{Options: o, Title: "mage ci", Tasks: list, Explain: true,
		Read: func(task.Task) outputs.Options { return outputs.Options{Root: "/repo"} }})
	results := []task.Result{
		{Task: "docs", Outcome: task.Cached, Began: now, Took: time.Millisecond, Reason: "nothing has changed"},
		{Task: "unit:go", Outcome: task.Failed, Err: errors.New("go exited with code 1"), Code: 1, Began: now, Took: 3200 * time.Millisecond, Output: "/repo/.spellbook/x.log", Reason: "a.go changed"},
		{Task: "build:go", Outcome: task.Skipped, Cause: "unit:go"},
		{Task: "all", Outcome: task.Skipped, Cause: "unit:go"},
		{Task: "lint:go", Outcome: task.Passed, Began: now, Took: 5 * time.Second, Warnings: []string{"it wrote b.txt, which it does not declare"}},
		{Task: "e2e", Outcome: task.NotRun, Cause: "unit:go failed"},
	}
	r.Started("lint:go")
	r.Line("lint:go", "looking at \x1b[1mall\x1b[0m")
	r.Started("unit:go")
	r.Line("unit:go", "# example.com/x")
	r.Line("unit:go", "x/a.go:3:4: undefined: y")
	r.Line("lint:go", "::endgroup::")
	r.Started("docs")
	r.Line("docs", "docs/a.md written")
	for _, of := range results {
		r.Finished(of)
	}
	return r.Stop(task.Run{Results: results, First: 1}), out.String()
}

func TestWithoutATerminalEachLineBeginsWithItsTask(t *testing.T) {
	t.Parallel()
	s, progress := sample(t, report.Options{Mode: report.Plain})
	var table bytes.Buffer
	if err := s.Table(&table, report.Options{Width: 100}); err != nil {
		t.Fatal(err)
	}
	golden(t, "plain.txt", progress+"\n"+table.String())
}

func TestOfManyTasksThoseThatAreCachedAreCounted(t *testing.T) {
	t.Parallel()
	for _, explain := range []bool{false, true} {
		var out, table bytes.Buffer
		var list []task.Task
		var results []task.Result
		for i := range mostCached + 1 {
			list = append(list, task.Task{Name: fmt.Sprintf("t%d", i), Steps: []task.Step{{}}})
			results = append(results, task.Result{Task: list[i].Name, Outcome: task.Cached, Reason: "nothing has changed"})
		}
		results[7].Outcome, results[8].Output = task.Passed, "log"
		r := New(Options{Options: report.Options{Mode: report.Plain, Err: &out}, Tasks: list, Explain: explain, Read: func(task.Task) outputs.Options { return outputs.Options{} }})
		for _, of := range results {
			if r.Started(of.Task); of.Output != "" {
				r.Line(of.Task, "kept")
			}
			r.Finished(of)
		}
		if err := r.Stop(task.Run{Results: results, First: -1}).Table(&table, report.Options{Width: 100}); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{out.String(), table.String()} {
			lines := strings.Count(text, "\n")
			if explain != (lines > mostCached) || !strings.Contains(text, "t7 ") || !strings.Contains(text, "t8 ") || !explain && lines > 4 {
				t.Errorf("explain %v: %d lines:\n%s", explain, lines, text)
			}
		}
		if !strings.Contains(table.String(), "1 passed, 100 cached") {
			t.Errorf("got\n%s", table.String())
		}
	}
}

func TestOnGitHubEachTaskIsAGroupAndWhatIsWrongAnAnnotation(t *testing.T) {
	t.Parallel()
	s, progress := sample(t, report.Options{Mode: report.GitHub})
	golden(t, "github.txt", progress)
	golden(t, "summary.md", s.Markdown())
}

func TestJUnitNamesWhatDidNotRunWithItsCause(t *testing.T) {
	t.Parallel()
	s, _ := sample(t, report.Options{})
	var b bytes.Buffer
	if err := junit.Write(&b, s.JUnit()); err != nil {
		t.Fatal(err)
	}
	golden(t, "junit.xml", b.String())
}

// Who reads JUnit alone has to see that the run did not come to its end.
func TestJUnitTellsThatATaskWasCutShort(t *testing.T) {
	t.Parallel()
	s := Summary{Tasks: []Task{
		{Result: task.Result{Task: "unit", Outcome: task.Canceled, Took: 2 * time.Second, Cause: "interrupted"}},
		{Result: task.Result{Task: "build", Outcome: task.NotRun, Cause: "interrupted"}},
	}}
	list := s.JUnit()
	if e := list[0].Cases[0].Error; e == nil || e.Message != "canceled after 2s: interrupted" || list[1].Cases[0].Skipped != "not run: interrupted" {
		t.Errorf("got %+v", list)
	}
}

func TestTheDocumentHasItsSchema(t *testing.T) {
	t.Parallel()
	s, _ := sample(t, report.Options{})
	for _, of := range []Summary{s, {}} {
		text, err := json.MarshalIndent(of.Document("ci"), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		schematest.Validate(t, "ci", text)
		if of.Tasks != nil {
			golden(t, "document.json", string(text)+"\n")
		}
	}
}

func TestATreeLeavesWhatFailedTasksHaveSaidAndNothingElse(t *testing.T) {
	t.Parallel()
	_, drawn := sample(t, report.Options{Mode: report.Terminal, Size: func() (int, int) { return 60, 6 }})
	golden(t, "tree.txt", strings.ReplaceAll(drawn, "\x1b", "␛"))
}

func TestATreeIsNoHigherThanItsTerminal(t *testing.T) {
	t.Parallel()
	now := time.Now
	tr := &tree{o: Options{Options: report.Options{Now: now}}, width: 8, began: now()}
	for _, c := range "abcdefghij" {
		tr.items = append(tr.items, &item{name: string(c)})
	}
	tr.items[1].began = now()
	tr.items[0].result = &task.Result{Outcome: task.Passed}
	tr.items[9].result = &task.Result{Outcome: task.Failed}
	rows := tr.rows(60, 6)
	if len(rows) != 5 {
		t.Errorf("%d rows in 6", len(rows))
	}
	text := ""
	for _, row := range rows {
		text += row.Render(report.NewPalette(false), 60) + "\n"
	}
	if !strings.Contains(text, " b ") || !strings.Contains(text, " j ") || strings.Contains(text, " a ") || !strings.Contains(text, "+ 7 more") {
		t.Errorf("rows are\n%s", text)
	}
}
