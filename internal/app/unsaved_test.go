package app

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestWhatIsNotSavedAndWhatIsNotLockedAreToldOnceEach(t *testing.T) {
	var errs strings.Builder
	w := &Run{Err: &errs}
	for range 2 {
		if err := w.Guard(t.Context(), func(context.Context) error {
			w.NoteUnlocked(errors.New("no locks"))
			w.NoteUnsaved(errors.New("write the record: read-only"))
			w.NoteUnsaved(errors.New("write the timeline: read-only"))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	want := "warning: no locks; two runs at once are not kept apart\n" +
		"warning: write the record: read-only; the next run will know nothing of this one, and take longer\n"
	if errs.String() != want {
		t.Errorf("got %s", errs.String())
	}
}

func TestAWarningIsToldOnceARun(t *testing.T) {
	var errs strings.Builder
	w := &Run{Err: &errs}
	if err := w.Guard(t.Context(), func(context.Context) error {
		for range 2 {
			again := *w // as that of a stack that is brought up for a snapshot first
			again.Warn("NAME is not set")
			again.Err = io.Discard
			again.Warn("OTHER is not set")
		}
		w.Warn("OTHER is not set")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if want := "warning: NAME is not set\nwarning: OTHER is not set\n"; errs.String() != want {
		t.Errorf("got %s", errs.String())
	}
}
