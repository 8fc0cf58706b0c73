package stream_test

import (
	"testing"

	"github.com/infinitescribe/spellbook/apps/backend/internal/stream"
)

func TestIDsAreOrderedAsNumbersAndNotAsText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id, other string
		after     bool
	}{{"10-0", "9-0", true}, {"9-0", "10-0", false}, {"5-10", "5-9", true}, {"5-9", "5-9", false}, {"0-1", "0-0", true}} {
		if got := stream.After(c.id, c.other); got != c.after {
			t.Errorf("%s after %s: got %v", c.id, c.other, got)
		}
	}
}

func TestOnlyAnIDOfTheStreamIsValid(t *testing.T) {
	t.Parallel()
	for id, valid := range map[string]bool{"0-0": true, "1795463399074-1": true, "": false, "7": false, "$": false, "a-b": false, "1-2-3": false, "-1-0": false} {
		if got := stream.ValidID(id); got != valid {
			t.Errorf("%q: got %v", id, got)
		}
	}
}
