package main

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

var update = flag.Bool("update", false, "write the golden files anew")

func ms(values ...int) sample {
	var s sample
	for _, v := range values {
		s = append(s, time.Duration(v)*time.Millisecond)
	}
	return s
}

func TestTheMedianIsTheMiddleOrTheMeanOfTheTwoInTheMiddle(t *testing.T) {
	for _, c := range []struct {
		of   sample
		want int
	}{{ms(), 0}, {ms(7), 7}, {ms(9, 1, 5), 5}, {ms(8, 2, 4, 100), 6}} {
		if got := c.of.median(); got != ms(c.want)[0] {
			t.Errorf("median of %v is %s, want %d ms", c.of, got, c.want)
		}
	}
}

func TestTheMedianLiesBetweenTheExtremesAndChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := ms(rapid.SliceOfN(rapid.IntRange(0, 1000), 1, 9).Draw(t, "sample")...)
		before := slices.Clone(s)
		if m := s.median(); m < s.min() || m > s.max() || !slices.Equal(s, before) {
			t.Fatalf("median %s of %v, now %v", m, before, s)
		}
	})
}

func TestARatioOfNothingIsNothing(t *testing.T) {
	if got := ratio(ms(10), ms()); got != 0 {
		t.Errorf("ratio is %v", got)
	}
	if got := ratio(ms(61), ms(10, 9, 11)); got != 6.1 {
		t.Errorf("ratio is %v", got)
	}
}

func TestDurationsHaveThreeDigits(t *testing.T) {
	for d, want := range map[time.Duration]string{
		61_234 * time.Millisecond: "61.2 s", 1_500 * time.Millisecond: "1.50 s", 123 * time.Second: "123 s",
		72_345 * time.Microsecond: "72.3 ms", 512 * time.Microsecond: "512 µs", 0: "0 ms", -1500 * time.Millisecond: "-1.50 s",
	} {
		if got := brief(d); got != want {
			t.Errorf("%s is written %q, want %q", d, got, want)
		}
	}
}

func TestABoundHoldsFromItsLimitOn(t *testing.T) {
	ours, theirs := side{took: ms(10)}, side{command: "docker compose ps", took: ms(50)}
	if b := faster(ours, theirs, 5); !b.holds || b.got != "5.00 times" {
		t.Errorf("bound is %+v", b)
	}
	if b := faster(ours, theirs, 6); b.holds {
		t.Errorf("bound is %+v", b)
	}
	if !under("it", time.Second, time.Second).holds || under("it", time.Second+1, time.Second).holds {
		t.Error("a limit is part of what it allows, and nothing above it is")
	}
}

func TestAPartIsChosenByNameAndAWrongNameIsAnError(t *testing.T) {
	all, err := choose("")
	if err != nil || len(all) != len(parts()) {
		t.Errorf("%d parts, %v", len(all), err)
	}
	some, err := choose("model, cold")
	if err != nil || len(some) != 2 || some[0].name != "model" || some[1].name != "cold" {
		t.Errorf("parts %v, %v", some, err)
	}
	if _, err := choose("cold,warm"); err == nil || !strings.Contains(err.Error(), "warm") {
		t.Errorf("error is %v", err)
	}
}

func TestTheDocumentIsTheGoldenOne(t *testing.T) {
	ours := side{name: "Spellbook", command: "scripts/mage infra:up", took: ms(8000, 9000, 8500), cpu: ms(300, 310, 290)}
	theirs := side{name: "Compose", command: "docker compose up -d --wait", took: ms(61000, 60900, 61200), cpu: ms(900, 910, 905)}
	alone := side{name: "10 | 100 services", command: "project.Load", took: ms(500)}
	rows := []row{
		{title: "Cold start", sides: []side{ours, theirs}, bounds: []bound{faster(ours, theirs, 5), faster(ours, theirs, 50)},
			notes: []string{exits([]int{0, 1, 0})}, table: lags{timeline: ms(0, 1), calls: ms(90)}.table(ms(4000))},
		{title: "A large model", sides: []side{alone}, bounds: []bound{under("10 services, median,", time.Second/2, time.Second)}},
	}
	all := records{
		"model": {Date: "2026-01-02 12:00 UTC", Load: "1 before, 2 after", Summary: summary(rows[1:]), Text: tables(rows[1:])},
		"cold":  {Date: "2026-01-03 12:00 UTC", Load: "0 before, 1 after", Summary: summary(rows[:1]), Text: tables(rows[:1])},
	}
	m := machine{cpu: "A processor", cores: "2", engine: "20.10.24 (API 1.41)"}
	golden(t, "document.md", markdown(all, m, rounds{cold: 3, fast: 15, model: 5}))
	if got := failures(rows); len(got) != 1 || !strings.Contains(got[0], "at least 50 times faster") {
		t.Errorf("failures are %q", got)
	}
}

func TestTheMomentAtWhichAServiceServesIsReadFromItsLog(t *testing.T) {
	got, err := serves("2026-01-02T12:00:00.5Z service: initialising\n2026-01-02T12:00:03.25Z service: ready on port 8080\n")
	if want := time.Date(2026, 1, 2, 12, 0, 3, 250_000_000, time.UTC); err != nil || !got.Equal(want) {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := serves("2026-01-02T12:00:00.5Z service: initialising\n"); err == nil {
		t.Error("a service that never served has no such moment")
	}
}

func TestWhatWouldChangeTheStackIsLeftOutOfTheEnvironment(t *testing.T) {
	got := environment([]string{"PATH=/bin", "COMPOSE_FILE=x", "SPELLBOOK_CACHE=y", "MAGEFILE_HASHFAST=1", "MILVUS_INTERVAL=1s", "HOME=/h"})
	if !slices.Equal(got, []string{"PATH=/bin", "HOME=/h"}) {
		t.Errorf("environment is %v", got)
	}
}

func TestSourcesAreCopiedWithoutTestsAndAnAbsentOneIsLeftOut(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	for _, name := range []string{"a/a.go", "a/a_test.go", "a/testdata/t.txt", "a/b/fragment.yml", "a/mage_output_file.go"} {
		path := filepath.Join(from, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a", "absent"} {
		if err := copySources(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, pattern := range []string{"*", "*/*", "*/*/*"} {
		list, _ := filepath.Glob(filepath.Join(to, pattern))
		for _, path := range list {
			if info, _ := os.Stat(path); !info.IsDir() {
				rel, _ := filepath.Rel(to, path)
				got = append(got, rel)
			}
		}
	}
	if !slices.Equal(got, []string{"a/a.go", "a/b/fragment.yml"}) {
		t.Errorf("copied %v", got)
	}
}

func TestTheFixtureIsATwelveServiceStackThreeLevelsDeep(t *testing.T) {
	p, err := project.Load(t.Context(), project.Layout{Root: filepath.Join("..", "..", fixture), EnvLink: "env/.env.bench"}, project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != projectName || len(p.Services()) != 12 {
		t.Errorf("project %s of %v", p.Name, p.Services())
	}
	if got := depth(p, "agent-worldsmith"); got != 3 {
		t.Errorf("the agent is on level %d", got)
	}
	for _, name := range p.Services() {
		if len(p.Check(name).Test) == 0 && !p.Check(name).OneShot {
			t.Errorf("%s has no health check", name)
		}
	}
}

func depth(p *project.Project, service string) int {
	below := 0
	for _, d := range p.Dependencies(service) {
		below = max(below, depth(p, d.On))
	}
	return below + 1
}

func TestTheLargeModelIsOneThatLoadsWithDependenciesAndLosesNone(t *testing.T) {
	dir := t.TempDir()
	if err := writeModel(dir, 25); err != nil {
		t.Fatal(err)
	}
	p, err := project.Load(t.Context(), project.Layout{Root: dir}, project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Warnings) > 0 || len(p.Services()) != 25 || depth(p, "service-19") != chain {
		t.Errorf("%d services, warnings %v, depth %d", len(p.Services()), p.Warnings, depth(p, "service-19"))
	}
	made, err := infra.PlanUp(p, observe.State{}, infra.UpOptions{All: true})
	if err != nil || len(made.Steps) < 50 {
		t.Errorf("plan of %d steps, %v", len(made.Steps), err)
	}
}

func TestEverySchedulesShapeIsAPlanThatRuns(t *testing.T) {
	for _, s := range shapes {
		p := s.plan()
		result, err := engine.Execute(t.Context(), p, idle{}, engine.Options{})
		if err != nil || len(result.Failures) > 0 || len(result.Outcomes) != steps {
			t.Errorf("%s: %d outcomes, %v, %v", s.name, len(result.Outcomes), result.Failures, err)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Errorf("%s differs (%v), got:\n%s", path, err, got)
	}
}
