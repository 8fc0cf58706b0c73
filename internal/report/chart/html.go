package chart

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"sync"
	"time"

	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/timeline"
)

//go:embed timeline.html.tmpl
var page string

// pageTemplate is made where it is used: most targets draw no page.
var pageTemplate = sync.OnceValue(func() *template.Template {
	functions := template.FuncMap{
		"seconds": func(ms int64) string { return report.Elapsed(time.Duration(ms) * time.Millisecond) },
		"exact":   exact,
		"leg": func(l timeline.Leg) string {
			return report.Elapsed(time.Duration(l.EndMS-l.StartMS) * time.Millisecond)
		},
	}
	return template.Must(template.New("timeline").Funcs(functions).Parse(page))
})

// exact is a moment in a table; a dash where there was none.
func exact(ms *int64) string {
	if ms == nil {
		return "–"
	}
	return fmt.Sprintf("%.3f s", float64(*ms)/1000)
}

// TimelineHTML writes t as one page that needs nothing else: the bars as SVG,
// the same figures as a table, light or dark as the reader's system is.
func TimelineHTML(w io.Writer, t timeline.Timeline) error {
	if err := pageTemplate().Execute(w, struct {
		timeline.Timeline
		Chart chart
		When  string
		Line  string
	}{t, newChart(t), t.Began.UTC().Format("2 January 2006, 15:04:05 UTC"), t.Line()}); err != nil {
		return fmt.Errorf("write timeline: %w", err)
	}
	return nil
}
