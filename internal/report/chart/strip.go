package chart

import (
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/timeline"
)

// stretch is a part of a run in milliseconds; empty where to is not after
// from.
type stretch struct{ from, to int64 }

func (s stretch) empty() bool { return s.to <= s.from }

// strip is one line of a drawn timeline, a phase or a service.
type strip struct {
	name     string
	service  bool
	critical bool
	state    timeline.State // of a service; failed or empty for a phase
	wait     stretch        // created, waiting for what it needs
	call     stretch        // from the start call to its return
	work     stretch        // until ready, done or failed
}

// strips are the phases, then the services.
func strips(t timeline.Timeline) []strip {
	var list []strip
	for _, p := range t.Phases {
		s := strip{name: p.Name, critical: criticalPhase(t, p.Name), work: stretch{p.StartMS, p.EndMS}}
		if p.Failed {
			s.state = timeline.Failed
		}
		list = append(list, s)
	}
	for _, s := range t.Services {
		list = append(list, serviceStrip(t, s))
	}
	return list
}

func criticalPhase(t timeline.Timeline, name string) bool {
	return slices.ContainsFunc(t.Legs, func(l timeline.Leg) bool { return !l.Service && l.Name == name })
}

// serviceStrip fills in for moments that are missing: a service that was
// running already works from the beginning, one that was cut until the end.
func serviceStrip(t timeline.Timeline, s timeline.Service) strip {
	out := strip{name: s.Name, service: true, critical: t.Critical(s.Name), state: s.State}
	if s.State == timeline.Skipped {
		return out
	}
	end := at(s.ReadyMS, at(s.EndedMS, at(s.RunningMS, t.TotalMS)))
	running := at(s.RunningMS, end)
	if s.StartedMS == nil {
		out.work = stretch{0, end}
		return out
	}
	if s.CreatedMS != nil {
		out.wait = stretch{*s.CreatedMS, *s.StartedMS}
	}
	out.call, out.work = stretch{*s.StartedMS, running}, stretch{running, end}
	return out
}

func at(ms *int64, otherwise int64) int64 {
	if ms == nil {
		return otherwise
	}
	return *ms
}

// begin and end of what a strip did, waiting not counted.
func (s strip) begin() int64 {
	if s.call.to > 0 {
		return s.call.from
	}
	return s.work.from
}

func (s strip) end() int64 { return max(s.call.to, s.work.to) }

// took is how long it did it, in words; a skipped service did nothing.
func (s strip) took() string {
	if s.state == timeline.Skipped {
		return ""
	}
	return report.Elapsed(time.Duration(s.end()-s.begin()) * time.Millisecond)
}

// label is the name in n columns; of a phase the word before the name stays.
func (s strip) label(n int) string {
	name := report.Clean(s.name)
	verb, rest, found := strings.Cut(name, " ")
	if s.service || !found {
		return report.Cut(name, n)
	}
	return report.Cut(verb+" "+report.CutFront(rest, n-report.Columns(verb)-1), n)
}
