package stamp_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/docker/stamp"
)

func TestTheClockOfALogReadsWhatTheLibraryReads(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var clock stamp.Clock
		for range 5 {
			at := time.Unix(rapid.Int64Range(0, 4e9).Draw(rt, "second"), rapid.Int64Range(0, 999_999_999).Draw(rt, "nano"))
			layout := rapid.SampledFrom([]string{"2006-01-02T15:04:05.000000000Z07:00", time.RFC3339Nano}).Draw(rt, "layout")
			zone := rapid.SampledFrom([]*time.Location{time.UTC, time.FixedZone("", 3600)}).Draw(rt, "zone")
			message := at.In(zone).Format(layout) + rapid.SampledFrom([]string{" text\n", " ", "\n", "x y"}).Draw(rt, "rest")
			got, text := clock.Cut(message)
			if want, rest := stamp.Cut(message); !got.Equal(want) || text != rest {
				rt.Fatalf("%q: got %v and %q, want %v and %q", message, got, text, want, rest)
			}
		}
	})
}
