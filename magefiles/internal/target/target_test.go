package target

import (
	"slices"
	"testing"
)

func TestAFlagThatIsGivenAndEmptyDoesNotMeanEverything(t *testing.T) {
	for text, want := range map[string][]string{"": {""}, ",": {""}, " , ": {""}, "a": {"a"}, " a,, b ": {"a", "b"}} {
		if got := List(&text); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := List(nil); got != nil {
		t.Errorf("not given: got %q", got)
	}
}
