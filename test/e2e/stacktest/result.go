package stacktest

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Says fails the test unless the transcript has each of wants.
func (r Result) Says(t *testing.T, wants ...string) Result {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(r.All(), want) {
			t.Errorf("does not say %q:\n%s", want, r.All())
		}
	}
	return r
}

// SaysNot fails the test if the transcript has any of the texts.
func (r Result) SaysNot(t *testing.T, texts ...string) Result {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(r.All(), text) {
			t.Errorf("says %q:\n%s", text, r.All())
		}
	}
	return r
}

// Result is what a user sees of one target.
type Result struct {
	Code     failure.Code
	Out, Err string
	Failed   error
}

// All is the whole transcript, the error as Mage prints it included.
func (r Result) All() string {
	text := r.Err + r.Out
	if r.Failed != nil {
		text += "Error: " + r.Failed.Error() + "\n"
	}
	return text
}

// Want fails the test unless the code is this one.
func (r Result) Want(t *testing.T, code failure.Code) Result {
	t.Helper()
	if r.Code != code {
		t.Fatalf("exit code %d, want %d\n%s", r.Code, code, r.All())
	}
	return r
}
