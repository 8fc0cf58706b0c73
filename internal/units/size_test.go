package units_test

import (
	"testing"

	"github.com/infinitescribe/spellbook/internal/units"
)

func TestBytesHaveTheUnitOfTheTotal(t *testing.T) {
	for _, c := range []struct {
		current, total int64
		want           string
	}{{0, 120_000_000, "0/120 MB"}, {45_230_000, 120_100_000, "45.2/120 MB"}, {999, 0, "999 B"}, {1_500, 2_000, "1.5/2 kB"},
		{3_400_000_000, 6_800_000_000, "3.4/6.8 GB"}, {5, 3, "3/3 B"}} {
		if got := units.Progress(c.current, c.total); got != c.want {
			t.Errorf("%d of %d is %q, want %q", c.current, c.total, got, c.want)
		}
	}
}

func TestBinarySizesHaveBinaryUnits(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 B", 1023: "1023 B", 1536: "1.5 KiB", 480 << 20: "480 MiB", 1536 << 20: "1.5 GiB", 2000 << 30: "2000 GiB"} {
		if got := units.Binary(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
