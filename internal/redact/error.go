package redact

import (
	"errors"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Error is an error whose text, details and hint hide has masked; the same one
// where there is nothing to mask.
func Error(err error, hide func(string) string) error {
	if err == nil {
		return nil
	}
	var f *failure.Error
	if errors.As(err, &f) {
		f.Message, f.Hint = hide(f.Message), hide(f.Hint)
		for i, line := range f.Details {
			f.Details[i] = hide(line)
		}
	}
	if text := err.Error(); hide(text) != text {
		return maskedError{err, hide(text)}
	}
	return err
}

// maskedError has another text than the error that it is.
type maskedError struct {
	error
	text string
}

func (e maskedError) Error() string { return e.text }

// Unwrap is the error with its own text.
func (e maskedError) Unwrap() error { return e.error }
