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

// percent is how much of a transfer is done, 0 to 100.
func percent(current, total int64) int {
	if total <= 0 {
		return 0
	}
	return int(min(current, total) * 100 / total)
}
