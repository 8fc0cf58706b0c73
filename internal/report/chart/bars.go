// Package chart draws a timeline: as bars on a terminal, and as a page. It
// imports report for colours and columns, and timeline.
package chart

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/timeline"
)

// The cells of a drawn timeline.
const (
	waitCell = "·"
	callCell = "░"
	workCell = "█"
	thinCell = "━"
)

// Timeline draws t on o.Out: a bar a phase and a service under a time axis,
// the critical path marked, and a legend. It fits in o.Width.
func Timeline(o report.Options, t timeline.Timeline) error {
	d := newDrawing(o, t)
	rows := []report.Row{d.title(), {}, d.axis()}
	for _, s := range d.strips {
		rows = append(rows, d.bar(s))
	}
	rows = append(rows, report.Row{})
	rows = append(rows, d.legend()...)
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(r.Render(d.palette, d.width) + "\n")
	}
	if _, err := io.WriteString(o.Out, b.String()); err != nil {
		return fmt.Errorf("write timeline: %w", err)
	}
	return nil
}

// drawing is a timeline on a terminal: names, track and durations.
type drawing struct {
	t                   timeline.Timeline
	strips              []strip
	palette             report.Palette
	width, names, track int
}

// tookColumns holds a duration.
const tookColumns = 7

func newDrawing(o report.Options, t timeline.Timeline) *drawing {
	o = o.WithDefaults()
	d := &drawing{t: t, strips: strips(t), palette: report.NewPalette(o.Color), width: o.Width}
	for _, s := range d.strips {
		d.names = max(d.names, report.Columns(s.name))
	}
	d.names = min(d.names, max(8, d.width/4))
	d.track = max(10, d.width-d.names-4-2-tookColumns)
	return d
}

func (d *drawing) title() report.Row {
	total := report.Took(time.Duration(d.t.TotalMS) * time.Millisecond)
	r := report.Row{{Text: report.Clean(d.t.Project), Tone: report.Strong}, {Text: "  " + total, Tone: report.Normal}}
	if d.t.MedianLagMS > 0 {
		r = append(r, report.Span{Text: fmt.Sprintf("   from a condition to the start call: %d ms (median)", d.t.MedianLagMS), Tone: report.Faint})
	}
	return r
}

// cell is the column of a moment on the track.
func (d *drawing) cell(ms int64) int {
	return int(ms * int64(d.track) / max(1, d.t.TotalMS))
}

func (d *drawing) axis() report.Row {
	line := strings.Repeat(" ", d.names+4)
	for _, k := range ticks(d.t.TotalMS, d.track/7) {
		column := d.names + 4 + d.cell(k.ms)
		if column+report.Columns(k.text) <= d.width {
			line = report.Pad(line, column) + k.text
		}
	}
	return report.Row{{Text: line, Tone: report.Faint}}
}

func (d *drawing) bar(s strip) report.Row {
	mark, nameTone, workTone := "  ", report.Normal, report.Good
	if !s.service {
		workTone = report.Faint
	}
	if s.critical {
		mark, nameTone, workTone = "▸ ", report.Strong, report.Warn
	}
	if s.state == timeline.Failed {
		workTone = report.Bad
	}
	r := report.Row{{Text: mark, Tone: report.Warn}, {Text: report.Pad(s.label(d.names), d.names) + "  ", Tone: nameTone}}
	r = append(r, d.cells(s, workTone)...)
	return append(r, report.Span{Text: fmt.Sprintf("  %*s", tookColumns, s.took()), Tone: tookTone(s)})
}

func tookTone(s strip) report.Tone {
	if s.state == timeline.Failed {
		return report.Bad
	}
	return report.Faint
}

// cells are the track of one strip; what it did takes one cell at least.
func (d *drawing) cells(s strip, t report.Tone) report.Row {
	from, to := d.cell(s.begin()), d.cell(s.end())
	if s.state == timeline.Skipped {
		return report.Row{{Text: report.Pad("not started", d.track), Tone: report.Faint}}
	}
	from = min(from, d.track-1)
	to = max(to, from+1)
	wait := from
	if !s.wait.empty() {
		wait = d.cell(s.wait.from)
	}
	call := min(max(d.cell(s.call.to)-from, 0), to-from-1)
	if s.call.empty() {
		call = 0
	}
	full := workCell
	if !s.service {
		full = thinCell
	}
	return report.Row{{Text: strings.Repeat(" ", wait), Tone: report.Normal}, {Text: strings.Repeat(waitCell, from-wait), Tone: report.Faint}, {Text: strings.Repeat(callCell, call), Tone: t},
		{Text: strings.Repeat(full, to-from-call), Tone: t}, {Text: strings.Repeat(" ", d.track-to), Tone: report.Normal}}
}

func (d *drawing) legend() []report.Row {
	marks := report.Row{{Text: "  " + waitCell + " waiting  ", Tone: report.Faint}, {Text: callCell + " start call  " + workCell, Tone: report.Good}, {Text: " until ready  ", Tone: report.Faint},
		{Text: "▸ ", Tone: report.Warn}, {Text: "critical path:", Tone: report.Faint}}
	rows := []report.Row{marks}
	line := "  "
	for i, leg := range strings.Split(d.t.Line(), " → ") {
		if i > 0 {
			leg = "→ " + leg
		}
		if report.Columns(line)+report.Columns(leg)+1 > d.width && line != "  " {
			rows, line = append(rows, report.Row{{Text: line, Tone: report.Warn}}), "  "
		}
		line += leg + " "
	}
	return append(rows, report.Row{{Text: line, Tone: report.Warn}})
}
