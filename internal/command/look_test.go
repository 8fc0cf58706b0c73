package command

import (
	"errors"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/units"
)

func TestSizesAreAlignedAndUnknownOnesEmpty(t *testing.T) {
	got := load.Listing("volumes:", []docker.Sized{{Name: "demo_data", Bytes: 47_712_345}, {Name: "b", Bytes: 0, Note: "unused"}, {Name: "net", Bytes: -1}})
	want := "volumes:\n  demo_data    47.7 MB\n  b                0 B  unused\n  net\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestSizesHaveTheUnitThatReadsBest(t *testing.T) {
	for n, want := range map[int64]string{-1: "", 0: "0 B", 999: "999 B", 1000: "1 kB", 1049: "1 kB", 1050: "1.1 kB", 999_949: "999.9 kB",
		999_999: "1 MB", 2_500_000_000: "2.5 GB", 7_000_000_000_000: "7 TB"} {
		if got := units.SizeOf(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

func TestSinceIsADurationOrAMoment(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":                     {},
		"10m":                  now.Add(-10 * time.Minute),
		"1h30m":                now.Add(-90 * time.Minute),
		"2026-05-04T11:00:00Z": now.Add(-time.Hour),
		"2026-05-04T11:00:00":  now.Add(-time.Hour),
		"2026-05-04 11:00:00":  now.Add(-time.Hour),
		"2026-05-04":           now.Add(-12 * time.Hour),
	} {
		if got, err := infra.ParseSince(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: got %s, want %s: %v", text, got, want, err)
		}
	}
	for _, text := range []string{"yesterday", "-5m", "10", "2026-13-01"} {
		if _, err := infra.ParseSince(text, now); failure.CodeOf(err) != failure.Usage {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestTheExitOfACommandIsTheCodeThatMageEndsWith(t *testing.T) {
	var status interface{ ExitStatus() int }
	if err := error(&app.Exit{Code: 42}); !errors.As(err, &status) || status.ExitStatus() != 42 {
		t.Error("Mage would not end with 42")
	}
}
