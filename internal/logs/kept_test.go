package logs_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/logs"
)

func TestKeptLinesReadBackAsTheyWereAndTheOldestGoFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := stored(t, "api")
		for i := range lines {
			lines[i].Text = rapid.StringMatching(`[^\n]{0,40}`).Draw(t, "text")
		}
		limit := rapid.IntRange(0, 2000).Draw(t, "limit")
		data := logs.Encode(lines, limit)
		if len(data) > limit {
			t.Fatalf("%d bytes, %d allowed", len(data), limit)
		}
		got := logs.Decode("api", data)
		if want := lines[len(lines)-len(got):]; !slices.EqualFunc(got, want, func(a, b logs.Line) bool {
			return a.Source == b.Source && a.Time.Equal(b.Time) && a.Text == b.Text && a.Stderr == b.Stderr
		}) {
			t.Fatalf("got %v, want the last of %v", got, want)
		}
		if all := logs.Decode("api", logs.Encode(lines, 1<<20)); len(all) != len(lines) {
			t.Fatalf("%d lines of %d", len(all), len(lines))
		}
	})
}
