package stacktest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

// Settled wants that a further run finds nothing to do.
func (s *Stack) Settled() {
	s.T.Helper()
	if r := s.Up(infra.UpOptions{}).Want(s.T, failure.OK); !strings.Contains(r.Out, "nothing to do") {
		s.T.Errorf("a further run did something:\n%s", r.All())
	}
}

// Decode reads a document that its schema allows.
func (s *Stack) Decode(schema, text string, into any) {
	s.T.Helper()
	schematest.Validate(s.T, schema, []byte(text))
	if err := unmarshal(text, into); err != nil {
		s.T.Fatalf("%v in\n%s", err, text)
	}
}

func unmarshal(text string, into any) error {
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one document")
	}
	return nil
}

// Status is infra:status.
func (s *Stack) Status(asJSON bool) Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error { return infra.Status(ctx, w, asJSON) })
}

// Job is a target at work.
type Job struct {
	Out, Err *Output
	Signals  chan os.Signal
	ended    chan error
}

// Start calls a target in the background; in may be nil.
func (s *Stack) Start(in io.Reader, do func(context.Context, *app.Run) error) *Job {
	s.T.Helper()
	g := &Job{Out: NewOutput(), Err: NewOutput(), Signals: make(chan os.Signal, 1), ended: make(chan error, 1)}
	if in == nil {
		in = strings.NewReader("")
	}
	w := &app.Run{Layout: project.Layout{Root: s.Dir}, Dir: s.Dir, Environ: s.Env, In: in, Out: g.Out, Err: g.Err, Now: time.Now, Signals: g.Signals}
	go func() { g.ended <- do(s.T.Context(), w) }()
	return g
}

// Wait waits for the end of a target and is the code that Mage ends with.
func (g *Job) Wait(t *testing.T) int {
	t.Helper()
	select {
	case err := <-g.ended:
		return ExitStatus(err)
	case <-time.After(Patience):
		t.Fatalf("it does not end:\n%s%s", g.Out, g.Err)
		return -1
	}
}

// ExitStatus is the code that Mage ends with.
func ExitStatus(err error) int {
	var status interface{ ExitStatus() int }
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return status.ExitStatus()
	}
	return 1
}

// RunWithInput runs a target to its end, with text as its standard input.
func (s *Stack) RunWithInput(in string, do func(context.Context, *app.Run) error) (out, errs string, code int) {
	s.T.Helper()
	g := s.Start(strings.NewReader(in), do)
	code = g.Wait(s.T)
	return g.Out.String(), g.Err.String(), code
}

// Run calls a target in the stack's directory.
func (s *Stack) Run(do func(context.Context, *app.Run) error) Result {
	s.T.Helper()
	out, errs := NewOutput(), NewOutput() // as files do, they take lines from several at once
	w := &app.Run{Layout: project.Layout{Root: s.Dir}, Dir: s.Dir, Environ: s.Env, In: strings.NewReader(""), Out: out, Err: errs, Now: time.Now}
	err := do(s.T.Context(), w)
	return Result{Code: failure.CodeOf(err), Out: out.String(), Err: errs.String(), Failed: err}
}

// Up is infra:up.
func (s *Stack) Up(o infra.UpOptions) Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error { return infra.Up(ctx, w, o) })
}

// Down is infra:down.
func (s *Stack) Down(o infra.DownOptions) Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error { return infra.Down(ctx, w, o) })
}
