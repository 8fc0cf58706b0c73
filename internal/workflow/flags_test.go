package workflow

import (
	"context"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
)

func TestAnEmptyListIsAMistake(t *testing.T) {
	none := []string{""}
	for name, c := range map[string]struct {
		do   target
		want string
	}{
		"up":       {func(ctx context.Context, w *Workflow) error { return w.InfraUp(ctx, UpOptions{Services: none}) }, "-services is empty"},
		"profile":  {func(ctx context.Context, w *Workflow) error { return w.InfraUp(ctx, UpOptions{Profiles: none}) }, "-profile is empty"},
		"start":    {func(ctx context.Context, w *Workflow) error { return w.InfraStart(ctx, none) }, "-services is empty"},
		"stop":     {func(ctx context.Context, w *Workflow) error { return w.InfraStop(ctx, none) }, "-services is empty"},
		"restart":  {func(ctx context.Context, w *Workflow) error { return w.InfraRestart(ctx, none) }, "-services is empty"},
		"recreate": {func(ctx context.Context, w *Workflow) error { return w.InfraRecreate(ctx, none) }, "-services is empty"},
		"export":   {export(EnvExportOptions{Only: none}), "-only is empty"},
	} {
		t.Run(name, func(t *testing.T) { newEnvRepository(t).run(c.do).want(t, failure.Usage, c.want, "leave") })
	}
}

func TestCtrlDEndsTheLineOfAQuestion(t *testing.T) {
	r := newEnvRepository(t)
	r.term = true
	ask := func(ctx context.Context, w *Workflow) error { return w.confirm(ctx, "Remove it", false) }
	if got := r.run(ask).want(t, failure.Refused).err; got != "Remove it? [y/N] \n" {
		t.Errorf("Ctrl-D: got %q", got)
	}
	r.in = "n\n"
	if got := r.run(ask).want(t, failure.Refused).err; got != "Remove it? [y/N] " {
		t.Errorf("n: got %q", got)
	}
}

func TestResultsAreFoldedAndCutOnATerminalOnly(t *testing.T) {
	row := []report.Cell{{Text: strings.Repeat("long ", 40), Last: true}}
	const path = "create 0.9s → postgres 3.1s"
	for _, terminal := range []bool{false, true} {
		var out strings.Builder
		w := &Workflow{Out: &out, OutTerminal: terminal, Width: 20}
		if err := report.Table(&out, w.format(false).tables, []string{"A"}, [][]report.Cell{row}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), "…"); got != terminal {
			t.Errorf("terminal %t: cut %t", terminal, got)
		}
		if got := w.folded(path) != path; got != terminal {
			t.Errorf("terminal %t: folded %t", terminal, got)
		}
	}
}

// Progress goes to the other stream, which may be a terminal while this is a
// pipe.
func TestStatesHaveTheirMarksOnATerminalOnly(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		var out strings.Builder
		w := &Workflow{Out: &out, OutTerminal: terminal, ErrTerminal: !terminal}
		if err := report.ServiceTable(w.format(false).tables, []report.Service{{Name: "db", State: report.Ready}}, false); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), "✔"); got != terminal {
			t.Errorf("terminal %t: %q", terminal, out.String())
		}
	}
}
