// Package units writes counts and sizes for people. It imports nothing of ours,
// nor go-units, which writes no space before a unit and four digits of a number.
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

// Decimal is a size in the same units as a run shows it while bytes flow: with
// a decimal that stays where it is, so that the text does not jump.
func Decimal(n int64) string {
	value, unit := scale(n)
	return steady(value) + " " + unit
}

// Progress is "45.2/120 MB", or "45.2 MB" where the total is unknown.
func Progress(current, total int64) string {
	if total <= 0 {
		return Decimal(current)
	}
	value, unit := scale(total)
	part := float64(min(current, total)) * value / float64(total)
	return steady(part) + "/" + steady(value) + " " + unit
}

// Binary is a size in the units that memory limits are written in.
func Binary(n uint64) string {
	value := float64(n)
	for _, unit := range []string{"B", "KiB", "MiB"} {
		if value < 1024 {
			return steady(value) + " " + unit
		}
		value /= 1024
	}
	return steady(value) + " GiB"
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

func steady(v float64) string {
	if v == float64(int64(v)) || v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}
