package report_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/report/chart"
	"github.com/infinitescribe/spellbook/internal/timeline"
)

func lineOf(script []moment) timeline.Timeline {
	return timeline.Build("lab", began.Add(-120e6), stack(), events(stack(), script))
}

func TestADrawnTimelineIsGolden(t *testing.T) {
	for name, script := range map[string][]moment{"well": well, "badly": badly} {
		var out bytes.Buffer
		if err := chart.Timeline(report.Options{Out: &out}, lineOf(script)); err != nil {
			t.Fatal(err)
		}
		golden(t, "timeline-"+name+".txt", out.String())
	}
}

func TestADrawnTimelineFitsAnyTerminal(t *testing.T) {
	for width := 40; width < 200; width += 7 {
		var out bytes.Buffer
		if err := chart.Timeline(report.Options{Out: &out, Width: width}, lineOf(well)); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("%d columns on %d: %s", n, width, line)
			}
		}
	}
}

func TestAnEmptyTimelineIsDrawn(t *testing.T) {
	var out bytes.Buffer
	if err := chart.Timeline(report.Options{Out: &out}, timeline.Timeline{}); err != nil {
		t.Error(err)
	}
}

func TestThePageIsGolden(t *testing.T) {
	for name, script := range map[string][]moment{"well": well, "badly": badly} {
		var out bytes.Buffer
		if err := chart.TimelineHTML(&out, lineOf(script)); err != nil {
			t.Fatal(err)
		}
		golden(t, "timeline-"+name+".html", out.String())
	}
}

func TestThePageEscapesNamesAndNeedsNothingFromElsewhere(t *testing.T) {
	line := lineOf(well)
	nasty := `</title><script>alert("x")</script>`
	line.Project, line.Services[0].Name, line.Legs[0].Name, line.Phases[0].Name, line.Services[1].WaitedFor = nasty, nasty, nasty, nasty, nasty
	var out bytes.Buffer
	if err := chart.TimelineHTML(&out, line); err != nil {
		t.Fatal(err)
	}
	lacks(t, out.String(), "<script", "http:", "https:", "@import", "src=", "<link", "ZgotmplZ")
	contains(t, out.String(), `role="img"`, "<desc", "prefers-color-scheme: dark", "&lt;script&gt;")
}
