package report

// buildAnnotation is GitHub's annotation of the lines that failed.
func buildAnnotation(f BuildFailed) string {
	text := Clean(or(f.Reason, exitReason(f), "failed"))
	if f.Hint != "" {
		text += "\n→ " + Clean(f.Hint)
	}
	return annotation("error", location{Clean(f.Dockerfile), f.Line, lastMarked(f)}, "build "+Clean(f.Build), text)
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
