package tasks

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/junit"
	"github.com/infinitescribe/spellbook/internal/outputs"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/task"
)

// Of a tool that nobody knows, what it said is all that there is to say.
func TestOfAFailureWithoutAPlaceTheReportsHaveTheLastLines(t *testing.T) {
	t.Parallel()
	var out, xml bytes.Buffer
	list := []task.Task{{Name: "unknown", Steps: []task.Step{{}}}, {Name: "known", Steps: []task.Step{{}}}, {Name: "well", Steps: []task.Step{{}}}}
	r := New(Options{Options: report.Options{Mode: report.Plain, Err: &out}, Tasks: list, Read: func(task.Task) outputs.Options { return outputs.Options{Root: "/repo"} }})
	for _, of := range list {
		r.Started(of.Name)
		for i := range 3 * mostSaid {
			r.Line(of.Name, fmt.Sprintf("line %d of %s", i, of.Name))
		}
	}
	r.Line("unknown", "\x1b[31mexpected </pre>\x1b[0m")
	r.Line("known", "x/a.go:3:4: undefined: y")
	results := []task.Result{{Task: "unknown", Outcome: task.Failed, Err: errors.New("no")}, {Task: "known", Outcome: task.Failed, Err: errors.New("no")}, {Task: "well", Outcome: task.Passed}}
	for _, of := range results {
		r.Finished(of)
	}
	s := r.Stop(task.Run{Results: results})
	if err := junit.Write(&xml, s.JUnit()); err != nil {
		t.Fatal(err)
	}
	last := fmt.Sprintf("line %d of unknown", 3*mostSaid-1)
	for name, c := range map[string]struct{ text, want string }{
		"Markdown": {s.Markdown(), last + "\nexpected &lt;/pre&gt;\n</pre>\n"},
		"JUnit":    {xml.String(), last + "&#xA;expected &lt;/pre&gt;&#xA;</failure>"},
	} {
		if !strings.Contains(c.text, c.want) || strings.Count(c.text, "of unknown") != mostSaid-1 || strings.Contains(c.text, "of known") || strings.Contains(c.text, "of well") {
			t.Errorf("%s has not %q, or too much:\n%s", name, c.want, c.text)
		}
	}
}
