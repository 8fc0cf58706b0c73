package app

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
)

// OneDocument runs a target that has the flag -json, which wanted says: then
// exactly one document is written to standard output, however the target ends.
// It is that of do, or where do fails before it has written any, the one that
// failed makes of the error's first line and the exit code. The error is
// returned, which Mage prints to standard error; a quiet Exit has nothing to
// tell. A second signal alone ends the process without a document, see ForceExit.
func (w *Run) OneDocument(wanted bool, failed func(text string, code int) any, do func(*Run) error) error {
	return w.withDocument(wanted, report.Document, failed, do)
}

// Objects is OneDocument for a target that writes an object a line, as many as
// there are.
func (w *Run) Objects(wanted bool, failed func(text string, code int) any, do func(*Run) error) error {
	object := func(out io.Writer, doc any) error { return json.NewEncoder(out).Encode(doc) }
	return w.withDocument(wanted, object, failed, do)
}

func (w *Run) withDocument(wanted bool, write func(io.Writer, any) error, failed func(text string, code int) any, do func(*Run) error) error {
	if !wanted {
		return do(w)
	}
	out := &documentWriter{Writer: w.Out}
	watched := *w
	watched.Out = out
	err := do(&watched)
	var quiet *Exit
	if err == nil || out.written || errors.As(err, &quiet) {
		return err
	}
	if broken := write(w.Out, failed(w.Spell(oneLine(err)), int(failure.CodeOf(err)))); broken != nil {
		return errors.Join(err, broken)
	}
	return err
}

// documentWriter notes that a document was written, or that it was tried: who
// closes a pipe does not read a second one either.
type documentWriter struct {
	io.Writer
	written bool
}

func (d *documentWriter) Write(p []byte) (int, error) {
	d.written = true
	return d.Writer.Write(p)
}

// oneLine is the first line of an error, as long as it is.
func oneLine(err error) string {
	var broken wrappedError
	if errors.As(err, &broken) {
		err = broken.error
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}
