package app

import (
	"errors"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
)

// WriteErrorDocument writes the document of a target that failed before it had written
// one, so that who asked for JSON gets some at all times. doc makes it from the
// error's first line and the exit code. It returns err, which Mage prints to
// standard error; a quiet Exit has nothing to tell.
func (w *Run) WriteErrorDocument(wanted bool, err error, doc func(text string, code int) any) error {
	var quiet *Exit
	if err == nil || !wanted || errors.As(err, &quiet) {
		return err
	}
	text := err.Error()
	var broken wrappedError
	if errors.As(err, &broken) {
		text = broken.error.Error()
	}
	text, _, _ = strings.Cut(text, "\n")
	if failed := report.Document(w.Out, doc(text, int(failure.CodeOf(err)))); failed != nil {
		return errors.Join(err, failed)
	}
	return err
}
