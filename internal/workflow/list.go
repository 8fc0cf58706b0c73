package workflow

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/infinitescribe/spellbook/internal/docker"
)

// list shows what is about to go, with its sizes, before it is asked for.
func (s *session) list(title string, sizes []docker.Sized) {
	if len(sizes) > 0 {
		_, _ = fmt.Fprint(s.w.Err, listing(title, sizes))
	}
}

func listing(title string, sizes []docker.Sized) string {
	width := 0
	for _, one := range sizes {
		width = max(width, utf8.RuneCountInString(one.Name))
	}
	var b strings.Builder
	b.WriteString(title + "\n")
	for _, one := range sizes {
		line := fmt.Sprintf("  %-*s  %9s  %s", width, one.Name, sizeOf(one.Bytes), one.Note)
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// sizeOf is a size in decimal units, as the Docker CLI has them; "" where it
// is unknown.
func sizeOf(n int64) string {
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
