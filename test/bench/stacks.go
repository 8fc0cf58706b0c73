package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// peersDir is a module of its own with the same stack by testcontainers-go and dockertest,
// oursDir has it by test/stack.
const (
	peersDir = "test/testdata/bench/peers"
	oursDir  = "test/testdata/bench/ours"
)

// stacksAtOnce is how many stacks come up side by side.
const stacksAtOnce = 8

// testStacks measures stacks for tests: one for a Go test beside those of others' libraries,
// many at once, and one that is there.
func testStacks(b *bench) ([]row, error) {
	s, err := b.prepared()
	if err != nil {
		return nil, err
	}
	t := &testStack{b: b, binary: s.binary, dir: filepath.Join(filepath.Dir(s.dir), "tests")}
	if err := t.prepare(); err != nil {
		return nil, err
	}
	var rows []row
	for _, measure := range []func() (row, error){func() (row, error) { return t.forATest("10s", 3) }, func() (row, error) { return t.forATest("1s", 0) }, t.many, t.reused} {
		r, err := measure()
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// testStack is a repository with the peers' Compose file, and the programs that measure.
type testStack struct {
	b           *bench
	binary, dir string
	ours, peers string
}

func (t *testStack) prepare() error {
	root, err := filepath.Abs(t.b.root)
	if err != nil {
		return err
	}
	t.ours, t.peers = t.dir+"-ours.test", t.dir+"-peers.test"
	if err := errors.Join(os.RemoveAll(t.dir), os.MkdirAll(t.dir, 0o755), copyFile(filepath.Join(root, peersDir, "stack/compose.yml"), filepath.Join(t.dir, "compose.yml"))); err != nil {
		return err
	}
	t.b.logf("  building")
	if _, err := must(t.b.ctx, root, os.Environ(), "go", "test", "-c", "-o", t.ours, "./"+oursDir); err != nil {
		return err
	}
	_, err = must(t.b.ctx, filepath.Join(root, peersDir), append(os.Environ(), "GOWORK=off"), "go", "test", "-c", "-o", t.peers, ".")
	return err
}

// ready runs a test and is what it says of how long its stack took; the end of the process
// has removed that, or will.
func (t *testStack) ready(program, test, dir string, env ...string) (outcome, error) {
	o, err := must(t.b.ctx, dir, slices.Concat(environment(os.Environ()), []string{"TESTCONTAINERS_RYUK_DISABLED=true", "STACK_DIR=" + t.dir}, env), program, "-test.run=^"+test+"$", "-test.v")
	if err != nil {
		return o, err
	}
	for line := range strings.Lines(o.out) {
		if text, found := strings.CutPrefix(line, "ready "); found {
			ms, err := strconv.Atoi(strings.TrimSpace(text))
			return outcome{took: time.Duration(ms) * time.Millisecond}, err
		}
	}
	return o, fmt.Errorf("%s did not say when it was ready:\n%s", test, tail(o.all))
}

// gone waits until nothing of the stacks of the repository is there.
func (t *testStack) gone() error {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		o, err := must(t.b.ctx, t.dir, os.Environ(), "docker", "ps", "-aq", "--filter", "label=com.docker.compose.project.working_dir="+t.dir)
		if err != nil || strings.TrimSpace(o.out) == "" {
			return err
		}
		if time.Now().After(deadline) {
			return errors.New("stacks of tests are not removed")
		}
	}
}

// forATest has health checks at an interval; a bound of 0 is for comparison alone.
func (t *testStack) forATest(interval string, least float64) (row, error) {
	cold := side{name: "Spellbook, no snapshot", command: "stack.Start(t, stack.Options{})"}
	warm := side{name: "Spellbook, from a snapshot", command: cold.command}
	containers := side{name: "testcontainers-go", command: "compose.NewDockerCompose, Up, Wait(true), Down"}
	docker := side{name: "dockertest", command: "two RunWithOptions, two Retry, two Purge"}
	compose := filepath.Join(t.dir, "compose.yml")
	text, err := os.ReadFile(compose)
	if err != nil {
		return row{}, err
	}
	without := strings.ReplaceAll(string(text), "    image:", "    x-spellbook: {snapshot: false}\n    image:")
	for round := range t.b.rounds.cold + 1 { // the first makes the snapshot, and does not count
		for _, m := range []struct {
			side               *side
			program, test, dir string
			text               string
		}{{&containers, t.peers, "TestTestcontainersCompose", peersDir, ""}, {&docker, t.peers, "TestDockertest", peersDir, ""},
			{&cold, t.ours, "TestSpellbook", t.dir, without}, {&warm, t.ours, "TestSpellbook", t.dir, string(text)}} {
			if m.text != "" {
				if err := os.WriteFile(compose, []byte(m.text), 0o644); err != nil {
					return row{}, err
				}
			}
			t.b.logf("  %s: round %d", m.side.name, round)
			o, err := t.ready(m.program, m.test, m.dir, "INTERVAL="+interval)
			if err := errors.Join(err, t.gone()); err != nil {
				return row{}, err
			}
			if round > 0 {
				m.side.add(o)
			}
		}
	}
	bounds := []bound{faster(warm, containers, least), faster(cold, containers, least)}
	if least == 0 {
		bounds = []bound{{text: "none, for comparison", got: digits(ratio(containers.took, warm.took)) + " times faster", holds: true}}
	}
	return row{title: "PostgreSQL and Redis for a Go test, health checks every " + interval, sides: []side{warm, cold, containers, docker}, bounds: bounds,
		notes: []string{"Measured in the test, from the call to ready. testcontainers-go reads the same Compose file, with its reaper off (TESTCONTAINERS_RYUK_DISABLED=true), as no registry is reached; dockertest knows none.", t.lines()}}, nil
}

// lines compares what has to be written for it.
func (t *testStack) lines() string {
	count := func(path string) int {
		text, _ := os.ReadFile(filepath.Join(t.b.root, path))
		_, text2, _ := strings.Cut(string(text), "began := time.Now()")
		body, _, _ := strings.Cut(text2, "fmt.Println")
		n := 0
		for line := range strings.Lines(body) {
			if strings.TrimSpace(line) != "" {
				n++
			}
		}
		return n
	}
	return fmt.Sprintf("Lines in the test: Spellbook %d, testcontainers-go %d, dockertest %d.",
		count(oursDir+"/ours_test.go"), count(peersDir+"/testcontainers_test.go"), count(peersDir+"/dockertest_test.go"))
}

// way is how a stack of a name comes up and goes.
type way struct {
	up, down func(name string) (outcome, error)
}

func (t *testStack) mage() way {
	run := func(args ...string) (outcome, error) {
		return must(t.b.ctx, t.dir, environment(os.Environ()), append([]string{t.binary}, args...)...)
	}
	return way{func(name string) (outcome, error) { return run("test:up", "-name="+name) },
		func(name string) (outcome, error) { return run("test:down", "-name="+name) }}
}

func (t *testStack) compose() way {
	run := func(name string, args ...string) (outcome, error) {
		return must(t.b.ctx, t.dir, append(environment(os.Environ()), "INTERVAL=1s"), append([]string{"docker", "compose", "-f", "compose.yml", "-p", "sbbench-" + name}, args...)...)
	}
	return way{func(name string) (outcome, error) { return run(name, "up", "-d", "--wait") },
		func(name string) (outcome, error) { return run(name, "down", "-v", "-t", "1") }}
}

func (t *testStack) many() (row, error) {
	one := side{name: "Spellbook, one", command: "mage test:up -name=one"}
	all := side{name: "Spellbook, eight at once", command: "8 × mage test:up -name=…"}
	oneOfCompose := side{name: "Compose, one", command: "INTERVAL=1s docker compose -p one up -d --wait"}
	allOfCompose := side{name: "Compose, eight at once", command: "8 × INTERVAL=1s docker compose -p … up -d --wait"}
	_, err := t.mage().up("one") // makes the snapshot, where there is none
	if err == nil {
		_, err = t.mage().down("one")
	}
	if err != nil {
		return row{}, err
	}
	for range t.b.rounds.cold {
		for _, m := range []struct {
			way
			one, all *side
		}{{t.mage(), &one, &all}, {t.compose(), &oneOfCompose, &allOfCompose}} {
			took, err := m.atOnce("one")
			if err != nil {
				return row{}, err
			}
			m.one.add(took)
			var names []string
			for i := range stacksAtOnce {
				names = append(names, fmt.Sprintf("n%d", i))
			}
			if took, err = m.atOnce(names...); err != nil {
				return row{}, err
			}
			m.all.add(took)
		}
	}
	got := ratio(all.took, one.took)
	return row{title: "Eight stacks of PostgreSQL and Redis at once, each from a warm snapshot", sides: []side{all, one, allOfCompose, oneOfCompose},
		bounds: []bound{{text: "all ready, in at most 3 times the time of one", got: digits(got) + " times", holds: got <= 3}, faster(all, allOfCompose, 1)},
		notes: []string{"Compose begins with empty volumes, and its eight take " + digits(ratio(allOfCompose.took, oneOfCompose.took)) + " times its one.",
			fmt.Sprintf("CPU is that of the whole machine: of the engine, the services and the copies, too. One stack takes %s of it: %d that each take as much are not up on %d processors before %.1f times the time of one.",
				brief(one.cpu.median()), stacksAtOnce, runtime.NumCPU(), stacksAtOnce*ratio(one.cpu, one.took)/float64(runtime.NumCPU()))}}, nil
}

// atOnce is how long all of them take, from before the first process to after the last, and
// what the processors of the machine did meanwhile. Then they are removed.
func (w way) atOnce(names ...string) (outcome, error) {
	errs := make([]error, len(names))
	var group sync.WaitGroup
	began, busy := time.Now(), processors()
	for i, name := range names {
		group.Go(func() { _, errs[i] = w.up(name) })
	}
	group.Wait()
	o := outcome{took: time.Since(began), cpu: processors() - busy}
	for _, name := range names {
		_, err := w.down(name)
		errs = append(errs, err)
	}
	return o, errors.Join(errs...)
}

func (t *testStack) reused() (row, error) {
	first := side{name: "to the first test", command: `mage test:integration -reuse -cmd="date +%s%N >first"`}
	for round := range t.b.rounds.fast + 1 {
		began := time.Now()
		if _, err := must(t.b.ctx, t.dir, environment(os.Environ()), t.binary, "test:integration", "-reuse", "-cmd=date +%s%N >first"); err != nil {
			return row{}, err
		}
		text, err := os.ReadFile(filepath.Join(t.dir, "first"))
		if err != nil {
			return row{}, err
		}
		at, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if err != nil {
			return row{}, err
		}
		if round > 0 {
			first.add(outcome{took: time.Unix(0, at).Sub(began)})
		}
	}
	_, err := t.mage().down("reuse")
	return row{title: "test:integration -reuse, again", sides: []side{first},
		bounds: []bound{under("from the start of the process to the first test started, median,", first.took.median(), 300*time.Millisecond)}}, err
}
