package load

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/units"
)

// Only keeps the sizes of what is among names.
func Only(sizes []docker.Sized, names []string) []docker.Sized {
	return slices.DeleteFunc(sizes, func(s docker.Sized) bool { return !slices.Contains(names, s.Name) })
}

// List shows what is about to go, with its sizes, before it is asked for.
func List(s *Session, title string, sizes []docker.Sized) {
	if len(sizes) > 0 {
		_, _ = fmt.Fprint(s.Run.Err, Listing(title, sizes))
	}
}

func Listing(title string, sizes []docker.Sized) string {
	width := 0
	for _, one := range sizes {
		width = max(width, utf8.RuneCountInString(one.Name))
	}
	var b strings.Builder
	b.WriteString(title + "\n")
	for _, one := range sizes {
		line := fmt.Sprintf("  %-*s  %9s  %s", width, one.Name, units.SizeOf(one.Bytes), one.Note)
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}
