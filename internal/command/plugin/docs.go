package plugin

import (
	"strings"

	"github.com/infinitescribe/spellbook/internal/report"
)

// folded is Markdown at a terminal: paragraphs and items of lists in lines of at most
// width columns; code, tables and headings as they are. A width of 0 or less breaks nothing.
func folded(markdown string, width int) string {
	if width <= 0 {
		return markdown
	}
	var done []string
	var paragraph []string
	code := false
	end := func() {
		if len(paragraph) > 0 {
			done = append(done, report.Fold(strings.Join(paragraph, " "), width))
			paragraph = nil
		}
	}
	for _, line := range strings.Split(markdown, "\n") {
		fence := strings.HasPrefix(line, "```")
		if fence {
			code = !code
		}
		switch {
		case fence || code || line == "" || strings.ContainsAny(line[:1], "|# \t"):
			end()
			done = append(done, line)
		case strings.HasPrefix(line, "- "):
			end()
			paragraph = []string{line}
		default:
			paragraph = append(paragraph, line)
		}
	}
	end()
	return strings.Join(done, "\n")
}
