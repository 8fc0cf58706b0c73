package report

import (
	"fmt"
	"time"
)

// Elapsed is a duration that still runs: steady to look at, one decimal.
func Elapsed(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1fs", max(0, d).Seconds())
	}
	return d.Truncate(time.Second).String()
}

// bytesOf is a size in decimal units, as the Docker CLI has them.
func bytesOf(n int64) string {
	value, unit := scale(n)
	return number(value) + " " + unit
}

// transfer is "45.2/120 MB", or "45.2 MB" where the total is unknown.
func transfer(current, total int64) string {
	if total <= 0 {
		return bytesOf(current)
	}
	value, unit := scale(total)
	part := float64(min(current, total)) * value / float64(total)
	return number(part) + "/" + number(value) + " " + unit
}

// percent is how much of a transfer is done, 0 to 100.
func percent(current, total int64) int {
	if total <= 0 {
		return 0
	}
	return int(min(current, total) * 100 / total)
}

func scale(n int64) (float64, string) {
	value := float64(max(0, n))
	for _, unit := range []string{"B", "kB", "MB"} {
		if value < 1000 {
			return value, unit
		}
		value /= 1000
	}
	return value, "GB"
}

func number(v float64) string {
	if v == float64(int64(v)) || v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}
