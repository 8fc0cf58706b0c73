package report

import "fmt"

// buildAnnotation is GitHub's annotation of the lines that failed.
func buildAnnotation(f BuildFailed) string {
	properties := "title=" + escapeProperty("build "+clean(f.Build))
	if f.Dockerfile != "" {
		place := "file=" + escapeProperty(clean(f.Dockerfile)) + ","
		if f.Line > 0 {
			place += fmt.Sprintf("line=%d,", f.Line)
		}
		if last := lastMarked(f); last > f.Line && f.Line > 0 {
			place += fmt.Sprintf("endLine=%d,", last)
		}
		properties = place + properties
	}
	text := clean(or(f.Reason, exitReason(f), "failed"))
	if f.Hint != "" {
		text += "\n→ " + clean(f.Hint)
	}
	return harmless(fmt.Sprintf("::error %s::%s\n", properties, escapeData(text)))
}

func lastMarked(f BuildFailed) int {
	last := 0
	for _, l := range f.Excerpt {
		if l.Marked {
			last = max(last, l.Number)
		}
	}
	return last
}
