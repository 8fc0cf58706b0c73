package chart

import (
	"fmt"

	"github.com/infinitescribe/spellbook/internal/timeline"
)

// The measures of the chart, in the units of its view box.
const (
	chartWidth = 1040
	chartLeft  = 200 // the names
	chartRight = 76  // the duration behind the longest bar
	chartTop   = 34  // the axis
	rowHeight  = 34
	barHeight  = 16
)

// chart is a timeline laid out for SVG.
type chart struct {
	Width, Height, Left, Plot int
	Ticks                     []chartTick
	Bars                      []chartBar
	Arrows                    []chartArrow
}

type chartTick struct {
	X    float64
	Text string
}

// chartBar is one strip; widths of 0 are not drawn.
type chartBar struct {
	Top, Y                               int // of its row, of its bar
	Label, Title, Took, Class            string
	Service, Skipped                     bool
	Begin, End                           float64
	Wait, WaitWidth, Call, CallWidth     float64
	Work, WorkWidth, TookX, Middle, Base float64
}

// chartArrow goes from the end of one bar to the start of one that waited.
type chartArrow struct {
	Path     string
	Critical bool
	Last     bool // it was what the start waited for
}

func newChart(t timeline.Timeline) chart {
	all := strips(t)
	c := chart{Width: chartWidth, Height: chartTop + rowHeight*len(all) + 10, Left: chartLeft, Plot: chartWidth - chartLeft - chartRight}
	for _, k := range ticks(t.TotalMS, 8) {
		c.Ticks = append(c.Ticks, chartTick{c.x(k.ms, t), k.text})
	}
	for i, s := range all {
		c.Bars = append(c.Bars, c.bar(i, s, t))
	}
	c.Arrows = c.arrows(t, all)
	return c
}

// x is where a moment lies.
func (c chart) x(ms int64, t timeline.Timeline) float64 {
	return float64(c.Left) + float64(ms)*float64(c.Plot)/float64(max(1, t.TotalMS))
}

func (c chart) bar(i int, s strip, t timeline.Timeline) chartBar {
	top := chartTop + i*rowHeight
	b := chartBar{Top: top, Y: top + (rowHeight-barHeight)/2, Label: s.label(24), Title: describe(s, t), Took: s.took(), Class: class(s),
		Service: s.service, Skipped: s.state == timeline.Skipped, Middle: middle(i)}
	b.Base = b.Middle + 4.5 // of text of 13 units
	b.Begin, b.End = c.x(s.begin(), t), c.x(s.end(), t)
	b.Wait, b.WaitWidth = c.span(s.wait, t)
	b.Call, b.CallWidth = c.span(s.call, t)
	b.Work, b.WorkWidth = c.span(s.work, t)
	if b.CallWidth+b.WorkWidth < 3 {
		b.WorkWidth = 3 - b.CallWidth
	}
	b.TookX = max(b.End, b.Begin+3) + 9
	return b
}

func (c chart) span(s stretch, t timeline.Timeline) (from, width float64) {
	from = c.x(s.from, t)
	return from, max(0, c.x(s.to, t)-from)
}

// class is how the stylesheet knows a bar.
func class(s strip) string {
	switch {
	case s.state == timeline.Failed:
		return "failed"
	case s.critical:
		return "critical"
	case !s.service:
		return "phase"
	case s.state == timeline.Skipped:
		return "skipped"
	}
	return "service"
}

// describe is what a reader of the screen hears of a bar, and a pointer shows.
func describe(s strip, t timeline.Timeline) string {
	text := s.name
	if s.service {
		text += ": " + string(s.state)
	}
	if s.state == timeline.Skipped {
		return text
	}
	text += fmt.Sprintf(", %s to %s", exact(new(s.begin())), exact(new(s.end())))
	for _, one := range t.Services {
		if s.service && one.Name == s.name && one.WaitedFor != "" && one.LagMS != nil {
			text += fmt.Sprintf("; waited for %s, started %d ms later", one.WaitedFor, *one.LagMS)
		}
	}
	return text
}
