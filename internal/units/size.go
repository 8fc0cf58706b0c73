// Package units writes counts and sizes for people. It imports nothing of ours.
package units

import (
	"fmt"
	"strings"
)

// SizeOf is a size in decimal units, as the Docker CLI has them; "" where it
// is unknown.
func SizeOf(n int64) string {
	if n < 0 {
		return ""
	}
	value := float64(n)
	for _, unit := range []string{"B", "kB", "MB", "GB"} {
		if value < 999.95 {
			return number(value) + " " + unit
		}
		value /= 1000
	}
	return number(value) + " TB"
}

// number has a decimal where there is one to show.
func number(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") }
