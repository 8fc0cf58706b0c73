package command

import (
	"context"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
)

func TestAnEmptyListIsAMistake(t *testing.T) {
	none := []string{""}
	for name, c := range map[string]struct {
		do   commandtest.Target
		want string
	}{
		"up":       {func(ctx context.Context, w *app.Run) error { return infra.Up(ctx, w, infra.UpOptions{Services: none}) }, "-services is empty"},
		"profile":  {func(ctx context.Context, w *app.Run) error { return infra.Up(ctx, w, infra.UpOptions{Profiles: none}) }, "-profile is empty"},
		"start":    {func(ctx context.Context, w *app.Run) error { return infra.Start(ctx, w, none) }, "-services is empty"},
		"stop":     {func(ctx context.Context, w *app.Run) error { return infra.Stop(ctx, w, none) }, "-services is empty"},
		"restart":  {func(ctx context.Context, w *app.Run) error { return infra.Restart(ctx, w, none) }, "-services is empty"},
		"recreate": {func(ctx context.Context, w *app.Run) error { return infra.Recreate(ctx, w, none) }, "-services is empty"},
		"export":   {exportCall(env.ExportOptions{Only: none}), "-only is empty"},
	} {
		t.Run(name, func(t *testing.T) { commandtest.NewRepository(t).Run(c.do).Want(t, failure.Usage, c.want, "leave") })
	}
}

func TestCtrlDEndsTheLineOfAQuestion(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Term = true
	ask := func(ctx context.Context, w *app.Run) error { return w.Confirm(ctx, "Remove it", false) }
	if got := r.Run(ask).Want(t, failure.Refused).Err; got != "Remove it? [y/N] \n" {
		t.Errorf("Ctrl-D: got %q", got)
	}
	r.In = "n\n"
	if got := r.Run(ask).Want(t, failure.Refused).Err; got != "Remove it? [y/N] " {
		t.Errorf("n: got %q", got)
	}
}

func TestResultsAreFoldedAndCutOnATerminalOnly(t *testing.T) {
	row := []report.Cell{{Text: strings.Repeat("long ", 40), Last: true}}
	const path = "create 0.9s → postgres 3.1s"
	for _, terminal := range []bool{false, true} {
		var out strings.Builder
		w := &app.Run{Out: &out, OutTerminal: terminal, Width: 20}
		if err := report.Table(&out, w.Format(false).Tables, []string{"A"}, [][]report.Cell{row}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), "…"); got != terminal {
			t.Errorf("terminal %t: cut %t", terminal, got)
		}
		out.Reset()
		if err := w.Say(path); err != nil {
			t.Fatal(err)
		}
		if got := out.String() != path; got != terminal {
			t.Errorf("terminal %t: folded %t", terminal, got)
		}
	}
}

// Progress goes to the other stream, which may be a terminal while this is a
// pipe.
func TestStatesHaveTheirMarksOnATerminalOnly(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		var out strings.Builder
		w := &app.Run{Out: &out, OutTerminal: terminal, ErrTerminal: !terminal}
		if err := report.ServiceTable(w.Format(false).Tables, []status.Service{{Name: "db", State: status.Ready}}, false); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), "✔"); got != terminal {
			t.Errorf("terminal %t: %q", terminal, out.String())
		}
	}
}
