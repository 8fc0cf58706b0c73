package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// many starts stacks of many services with health checks, on a machine that does
// nothing else; busy does so where each core has two programs more to run.
func many(b *bench) ([]row, error) { return b.starts(0) }

func busy(b *bench) ([]row, error) { return b.starts(2 * runtime.NumCPU()) }

// counts are how many services; the bound on the time is that of boundAt.
var counts = []int{25, 50, 100, 150}

const boundAt = 100

func (b *bench) starts(programs int) (rows []row, err error) {
	s, err := b.prepared()
	if err != nil {
		return nil, err
	}
	for _, n := range counts {
		b.logf("  %d services, %d programs beside", n, programs)
		r, err := s.starting(n, programs)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// begun is what the start of a stack cost the engine.
type begun struct {
	cpu   time.Duration // of the engine and the shims of the stack's containers
	execs int
	code  int
}

func (s *stack) starting(n, programs int) (r row, err error) {
	m, err := s.large(n, manyText(n))
	if err != nil {
		return row{}, err
	}
	defer func() { err = errors.Join(err, m.down(), os.RemoveAll(m.dir)) }()
	ours, theirs := m.sides([]string{"infra:up", "-timeout=15m"}, []string{"up", "-d", "--wait"})
	costs := map[*contender]begun{}
	for _, c := range []*contender{theirs, ours} {
		o, cost, err := m.start(c, programs)
		if err != nil {
			return row{}, err
		}
		if cost.code = o.code; c == ours && o.code != 0 {
			return row{}, fmt.Errorf("%s exited with code %d:\n%s", c.command, o.code, tail(o.all))
		}
		c.add(o)
		costs[c] = cost
		if err := m.down(); err != nil {
			return row{}, err
		}
	}
	r = row{title: fmt.Sprintf("Cold start of %d services, %d programs beside", n, programs), sides: sides(ours, theirs), bounds: []bound{
		faster(ours.side, theirs.side, 1),
		under("the engine's CPU, not more than with Compose:", costs[ours].cpu, costs[theirs].cpu)}}
	if n == boundAt && programs == 0 {
		r.bounds[0] = share(ours.side, theirs.side, 0.5)
	}
	r.notes = []string{fmt.Sprintf("Commands that the engine ran in the containers, Docker's own health checks among them: %d with Spellbook, %d with Compose, which exited with code %d. One round.",
		costs[ours].execs, costs[theirs].execs, costs[theirs].code)}
	return r, nil
}

// start runs one side on a machine where programs keep the processors busy.
func (m *largeModel) start(c *contender, programs int) (outcome, begun, error) {
	ctx, cancel := context.WithCancel(m.b.ctx)
	defer cancel()
	for range programs {
		if err := exec.CommandContext(ctx, "sh", "-c", "while :; do :; done").Start(); err != nil {
			return outcome{}, begun{}, err
		}
	}
	var told bytes.Buffer
	events := exec.CommandContext(ctx, "docker", "events", "--filter", "label=com.docker.compose.project="+manyName, "--filter", "event=exec_start", "--format", "x")
	events.Stdout = &told
	if err := events.Start(); err != nil {
		return outcome{}, begun{}, err
	}
	before := cpuOf(named("dockerd", "containerd"))
	argv := strings.Fields(c.command)
	if argv[0] == "mage" {
		argv[0] = m.binary
	}
	o, err := execute(m.b.ctx, m.dir, m.variables(), argv...)
	cost := begun{cpu: cpuOf(named("dockerd", "containerd")) - before + cpuOf(m.shims())}
	cancel()
	_ = events.Wait() // it was ended
	cost.execs = strings.Count(told.String(), "x")
	return o, cost, err
}

// down forgives a network that the engine keeps.
func (m *largeModel) down() error {
	o, err := m.run("docker compose -f " + m.file + " --env-file .env down -v --timeout 1")
	if err == nil && o.code != 0 && !keptNetwork(o.all) {
		err = fmt.Errorf("down exited with code %d:\n%s", o.code, tail(o.all))
	}
	return errors.Join(err, os.RemoveAll(filepath.Join(m.dir, ".spellbook")))
}

// keptNetwork tells of a network that the engine did not let go of, as 20.10 does now and then.
func keptNetwork(output string) bool { return strings.Contains(output, "has active endpoints") }

// named are the processes of these programs.
func named(programs ...string) (pids []string) {
	for _, name := range programs {
		out, _ := exec.Command("pidof", name).Output() //nolint:noctx // it is over at once
		pids = append(pids, strings.Fields(string(out))...)
	}
	return pids
}

// shims are those of the stack's containers: the parents of their processes. What the
// engine runs in a container, and runs to start it, is waited for by them.
func (m *largeModel) shims() (pids []string) {
	out, err := m.must("sh", "-c", "docker ps -q --filter label=com.docker.compose.project="+manyName+" | xargs -r docker inspect -f '{{.State.Pid}}'")
	if err != nil {
		return nil
	}
	for _, pid := range strings.Fields(out.out) {
		if words := statOf(pid); len(words) > 1 {
			pids = append(pids, words[1])
		}
	}
	return pids
}

// cpuOf is the user and system time of processes and of what they have waited for.
func cpuOf(pids []string) (sum time.Duration) {
	for _, pid := range pids {
		words := statOf(pid)
		for i := 11; i < 15 && i < len(words); i++ {
			ticks, _ := strconv.Atoi(words[i])
			sum += time.Duration(ticks) * (time.Second / 100)
		}
	}
	return sum
}

// statOf are the words of proc(5) stat from the state on: it, the parent, …
func statOf(pid string) []string {
	data, _ := os.ReadFile("/proc/" + pid + "/stat")
	return strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
}

const manyName = "spellbook-bench-many"

// manyText is a model of n services, five in a row waiting for each other's health. One
// half tells by its port when to probe it, the other does not.
func manyText(n int) string {
	var b strings.Builder
	b.WriteString("name: " + manyName + "\nservices:\n")
	for i := range n {
		how := fmt.Sprintf("image: lab/service:1\n    environment: {BOOT: %dms}", 500+i%7*250)
		test := "[CMD, /service, health, tcp]"
		if i%2 == 1 {
			how = fmt.Sprintf("image: lab/base:bookworm\n    command: [sh, -c, \"sleep %d; touch /tmp/up; exec sleep 100000\"]", 1+i%3)
			test = "test -e /tmp/up"
		}
		fmt.Fprintf(&b, "  service-%d:\n    %s\n    stop_grace_period: 0s\n    healthcheck: {test: %s, interval: 10s, timeout: 5s, retries: 20}\n", i, how, test)
		if i%5 > 0 {
			fmt.Fprintf(&b, "    depends_on: {service-%d: {condition: service_healthy}}\n", i-1)
		}
	}
	return b.String()
}
