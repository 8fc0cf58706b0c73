package report

import (
	"fmt"
	"io"
	"strings"
	"time"

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
func Timeline(o Options, t timeline.Timeline) error {
	d := newDrawing(o, t)
	rows := []row{d.title(), {}, d.axis()}
	for _, s := range d.strips {
		rows = append(rows, d.bar(s))
	}
	rows = append(rows, row{})
	rows = append(rows, d.legend()...)
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(r.render(d.palette, d.width) + "\n")
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
	palette             palette
	width, names, track int
}

// tookColumns holds a duration.
const tookColumns = 7

func newDrawing(o Options, t timeline.Timeline) *drawing {
	o = o.withDefaults()
	d := &drawing{t: t, strips: strips(t), palette: newPalette(o.Color), width: o.Width}
	for _, s := range d.strips {
		d.names = max(d.names, columns(s.name))
	}
	d.names = min(d.names, max(8, d.width/4))
	d.track = max(10, d.width-d.names-4-2-tookColumns)
	return d
}

func (d *drawing) title() row {
	total := Took(time.Duration(d.t.TotalMS) * time.Millisecond)
	r := row{{clean(d.t.Project), strong}, {"  " + total, normal}}
	if d.t.MedianLagMS > 0 {
		r = append(r, span{fmt.Sprintf("   from a condition to the start call: %d ms (median)", d.t.MedianLagMS), faint})
	}
	return r
}

// cell is the column of a moment on the track.
func (d *drawing) cell(ms int64) int {
	return int(ms * int64(d.track) / max(1, d.t.TotalMS))
}

func (d *drawing) axis() row {
	line := strings.Repeat(" ", d.names+4)
	for _, k := range ticks(d.t.TotalMS, d.track/7) {
		column := d.names + 4 + d.cell(k.ms)
		if column+columns(k.text) <= d.width {
			line = pad(line, column) + k.text
		}
	}
	return row{{line, faint}}
}

func (d *drawing) bar(s strip) row {
	mark, nameTone, workTone := "  ", normal, good
	if !s.service {
		workTone = faint
	}
	if s.critical {
		mark, nameTone, workTone = "▸ ", strong, warn
	}
	if s.state == timeline.Failed {
		workTone = bad
	}
	r := row{{mark, warn}, {pad(s.label(d.names), d.names) + "  ", nameTone}}
	r = append(r, d.cells(s, workTone)...)
	return append(r, span{fmt.Sprintf("  %*s", tookColumns, s.took()), tookTone(s)})
}

func tookTone(s strip) tone {
	if s.state == timeline.Failed {
		return bad
	}
	return faint
}

// cells are the track of one strip; what it did takes one cell at least.
func (d *drawing) cells(s strip, t tone) row {
	from, to := d.cell(s.begin()), d.cell(s.end())
	if s.state == timeline.Skipped {
		return row{{pad("not started", d.track), faint}}
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
	return row{{strings.Repeat(" ", wait), normal}, {strings.Repeat(waitCell, from-wait), faint}, {strings.Repeat(callCell, call), t},
		{strings.Repeat(full, to-from-call), t}, {strings.Repeat(" ", d.track-to), normal}}
}

func (d *drawing) legend() []row {
	marks := row{{"  " + waitCell + " waiting  ", faint}, {callCell + " start call  " + workCell, good}, {" until ready  ", faint},
		{"▸ ", warn}, {"critical path:", faint}}
	rows := []row{marks}
	line := "  "
	for i, leg := range strings.Split(d.t.Line(), " → ") {
		if i > 0 {
			leg = "→ " + leg
		}
		if columns(line)+columns(leg)+1 > d.width && line != "  " {
			rows, line = append(rows, row{{line, warn}}), "  "
		}
		line += leg + " "
	}
	return append(rows, row{{line, warn}})
}
