package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/timeline"
)

// variant is one choice of the intervals of the health checks.
type variant struct {
	title string
	extra []string
	bound float64 // 0: reported, not bound
}

var variants = []variant{
	{title: "Cold start, health checks every 10 s and 30 s", bound: 5},
	{title: "Cold start, health checks every 10 s", extra: []string{"MILVUS_INTERVAL=10s"}},
}

// cold compares the way from nothing to everything ready.
func cold(b *bench) ([]row, error) {
	s, err := b.prepared()
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, v := range variants {
		s.extra = v.extra
		c := &coldRun{stack: s, variant: v}
		for round := range b.rounds.cold {
			b.logf("  %s: round %d of %d", v.title, round+1, b.rounds.cold)
			if err := c.round(); err != nil {
				return nil, err
			}
		}
		rows = append(rows, c.row())
	}
	return rows, nil
}

// coldRun collects the rounds of one variant.
type coldRun struct {
	*stack
	variant      variant
	ours, theirs side
	lags         lags
	theirRuns    sample // see lags.runs
	codes        []int  // what docker compose up exited with
	paths        []string
}

func (c *coldRun) round() error {
	if err := c.composeUp(); err != nil {
		return err
	}
	return c.infraUp()
}

func (c *coldRun) composeUp() error {
	c.theirs.name, c.theirs.command = "Compose", "docker compose up -d --wait"
	o, err := c.fresh(c.theirs.command)
	if err != nil {
		return err
	}
	c.theirs.add(o)
	c.codes = append(c.codes, o.code)
	moments, err := c.moments()
	if err != nil {
		return err
	}
	c.theirRuns = append(c.theirRuns, moments.lags(nil).runs...)
	return nil
}

func (c *coldRun) infraUp() error {
	c.ours.name, c.ours.command = "Spellbook", "scripts/mage infra:up"
	o, err := c.fresh(c.ours.command)
	if err != nil {
		return err
	}
	if o.code != 0 {
		return fmt.Errorf("%s exited with code %d:\n%s", c.ours.command, o.code, tail(o.all))
	}
	c.ours.add(o)
	if err := c.answers(); err != nil {
		return fmt.Errorf("after %s: %w", c.ours.command, err)
	}
	line, err := timeline.Read(filepath.Join(c.dir, ".spellbook", projectName, "timeline.json"))
	if err != nil {
		return err
	}
	moments, err := c.moments()
	if err != nil {
		return err
	}
	c.paths = append(c.paths, line.Line())
	c.lags = c.lags.and(moments.lags(&line))
	return c.keptByCompose()
}

// fresh runs a command where nothing is left of earlier runs.
func (c *coldRun) fresh(command string) (outcome, error) {
	if err := c.down(); err != nil {
		return outcome{}, err
	}
	if err := os.RemoveAll(filepath.Join(c.dir, ".spellbook")); err != nil {
		return outcome{}, err
	}
	c.started = true
	return c.run(command)
}

func (c *coldRun) row() row {
	r := row{title: c.variant.title, sides: []side{c.ours, c.theirs}, notes: []string{
		"Each round began after `docker compose down -v` of this project and without anything that Spellbook remembers.",
		exits(c.codes),
		"After each `scripts/mage infra:up`, which exited 0, every published port answered at once, `scripts/mage infra:status` " +
			"exited 0, and a plain `docker compose up -d` kept every container: the same IDs before and after. (It ran the migration " +
			"once more, as it does at every up.)",
		"The critical path of the first round: " + c.paths[0] + ".",
	}}
	r.table = c.lags.table(c.theirRuns)
	if c.variant.bound > 0 {
		r.bounds = []bound{
			faster(c.ours, c.theirs, c.variant.bound),
			under("from a condition seen to hold to the dependent's start call, median of the timeline,", c.lags.timeline.median(), 150*time.Millisecond),
			under("from the moment the dependency really serves to the dependent's start call, median,", c.lags.calls.median(), 150*time.Millisecond),
		}
	} else {
		r.bounds = []bound{{text: "none, for comparison", got: digits(ratio(c.theirs.took, c.ours.took)) + " times faster", holds: true}}
	}
	return r
}

// exits says what docker compose up --wait exited with.
func exits(codes []int) string {
	seen := slices.Compact(slices.Sorted(slices.Values(codes)))
	var words []string
	for _, code := range seen {
		words = append(words, fmt.Sprint(code))
	}
	return "`docker compose up -d --wait` exited with code " + strings.Join(words, " and ") + "."
}
