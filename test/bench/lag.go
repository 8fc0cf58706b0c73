package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/timeline"
)

// moment is what the engine knows of one service's container.
type moment struct {
	started time.Time // its process ran
	serves  time.Time // it wrote that it listens, or, a one-shot, ended
}

// moments are the engine's own records of one run, by service: they owe
// nothing to what either side believes.
type moments struct {
	at      map[string]moment
	project *project.Project
}

// lags are the delays between a condition and what waited for it, one for each
// dependent service and round.
type lags struct {
	timeline sample // from our seeing it to our start call
	calls    sample // from its really holding to our start call
	runs     sample // from its really holding to the dependent's process running
}

func (l lags) and(m lags) lags {
	return lags{append(l.timeline, m.timeline...), append(l.calls, m.calls...), append(l.runs, m.runs...)}
}

// moments asks the engine.
func (s *stack) moments() (moments, error) {
	p, err := project.Load(s.b.ctx, project.Layout{Root: s.dir}, project.Options{Environ: s.variables(), Env: "bench"})
	if err != nil {
		return moments{}, err
	}
	m := moments{at: map[string]moment{}, project: p}
	for _, service := range p.Services() {
		if m.at[service], err = s.moment(p.ContainerName(service, 1)); err != nil {
			return m, err
		}
	}
	return m, nil
}

func (s *stack) moment(container string) (moment, error) {
	o, err := s.must("docker", "inspect", "--format", "{{json .State}}", container)
	if err != nil {
		return moment{}, err
	}
	var state struct {
		StartedAt, FinishedAt time.Time
		Running               bool
	}
	if err := json.Unmarshal([]byte(o.out), &state); err != nil {
		return moment{}, fmt.Errorf("read the state of %s: %w", container, err)
	}
	m := moment{started: state.StartedAt, serves: state.FinishedAt}
	if !state.Running {
		return m, nil
	}
	if o, err = s.must("docker", "logs", "--timestamps", container); err != nil {
		return m, err
	}
	m.serves, err = serves(o.out)
	return m, err
}

// serves finds the moment at which the fixture's service said that it listens.
func serves(log string) (time.Time, error) {
	for line := range strings.Lines(log) {
		if at, text, _ := strings.Cut(line, " "); strings.HasPrefix(text, "service: ready on port") {
			return time.Parse(time.RFC3339Nano, at)
		}
	}
	return time.Time{}, fmt.Errorf("the service never said that it is ready:\n%s", log)
}

// lags compares every start with the last condition that it waited for; line
// is the timeline of the run if it was ours.
func (m moments) lags(line *timeline.Timeline) lags {
	var l lags
	for _, service := range m.project.Services() {
		held := m.held(service)
		if held.IsZero() {
			continue
		}
		l.runs = append(l.runs, m.at[service].started.Sub(held))
		if line == nil {
			continue
		}
		for _, s := range line.Services {
			if s.Name == service && s.StartedMS != nil && s.LagMS != nil {
				l.timeline = append(l.timeline, time.Duration(*s.LagMS)*time.Millisecond)
				l.calls = append(l.calls, line.Began.Add(time.Duration(*s.StartedMS)*time.Millisecond).Sub(held))
			}
		}
	}
	return l
}

// held is when the last dependency began to serve; zero where there is none.
func (m moments) held(service string) time.Time {
	var last time.Time
	for _, d := range m.project.Dependencies(service) {
		if at := m.at[d.On].serves; at.After(last) {
			last = at
		}
	}
	return last
}

// table shows the lags of both sides.
func (l lags) table(theirs sample) string {
	return table([]string{"the wait between a dependency and its dependent", "median", "min", "max"}, [][]string{
		statistics("Spellbook: condition seen to hold → start call (timeline)", l.timeline),
		statistics("Spellbook: dependency serves, by its log → start call", l.calls),
		statistics("Spellbook: dependency serves → dependent's process runs", l.runs),
		statistics("Compose: dependency serves → dependent's process runs", theirs),
	})
}

func statistics(what string, s sample) []string {
	return []string{what, brief(s.median()), brief(s.min()), brief(s.max())}
}
