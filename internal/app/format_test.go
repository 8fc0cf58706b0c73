package app

import (
	"context"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestAnErrorFitsOnItsTerminalAndKeepsItsCode(t *testing.T) {
	long := failure.New(failure.Preflight, "%s", strings.Repeat("something is in the way ", 6)+"of it")
	for _, terminal := range []bool{false, true} {
		w := &Run{ErrTerminal: terminal, Err: &strings.Builder{}, Width: 40}
		err := w.Guard(t.Context(), func(context.Context) error { return long })
		status, ok := err.(interface{ ExitStatus() int })
		if !ok || status.ExitStatus() != 3 || failure.CodeOf(err) != failure.Preflight {
			t.Errorf("terminal %t: the code is lost: %#v", terminal, err)
		}
		widest := 0
		for i, line := range strings.Split(err.Error(), "\n") {
			if i == 0 {
				line = "Error: " + line
			}
			widest = max(widest, len(line))
		}
		if got := widest <= 40; got != terminal {
			t.Errorf("terminal %t: %d columns\n%s", terminal, widest, err)
		}
	}
}

func TestADocumentHasTheErrorInOneLine(t *testing.T) {
	var out strings.Builder
	w := &Run{ErrTerminal: true, Err: &strings.Builder{}, Out: &out, Width: 20}
	_ = w.OneDocument(true, func(text string, code int) any { return []any{text, code} }, func(w *Run) error {
		return w.Guard(t.Context(), func(context.Context) error { return failure.New(failure.Usage, "one two three four five six") })
	})
	if got := strings.Join(strings.Fields(out.String()), " "); got != `[ "one two three four five six", 2 ]` {
		t.Errorf("got %s", got)
	}
}

// What is said goes to the one stream and what is told to the other: each is broken where
// it is a terminal, and nowhere else.
func TestWhatIsSaidAndToldFitsOnItsTerminal(t *testing.T) {
	const text = "shop-api-1, shop-db-1 and shop-cache-1 are kept, as another project has made them"
	for _, terminal := range []bool{false, true} {
		var out, err strings.Builder
		w := &Run{Out: &out, Err: &err, OutTerminal: terminal, ErrTerminal: !terminal, Width: 40}
		if err := w.Say("%s\n", text); err != nil {
			t.Fatal(err)
		}
		w.Tell("%s", text)
		said, told := out.String(), err.String()
		if !terminal {
			said, told = told, said
		}
		want := "shop-api-1, shop-db-1 and shop-cache-1\n    are kept, as another project has\n    made them\n"
		if said != want || told != text+"\n" {
			t.Errorf("terminal %t: got\n%s%s", terminal, said, told)
		}
	}
}
