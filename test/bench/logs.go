package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// logLines is how many lines the log has that is read, of 110 bytes each.
const logLines = 4_500_000

// logTail is how many of its last lines are shown.
const logTail = 500_000

// logText is a service that has written a log, and one that writes 20,000 lines a
// second.
const logText = `name: spellbook-bench-logs
services:
  written:
    image: lab/base:bookworm
    command: [sh, -c, "seq -f '%%.0f 2026 INFO request handled in 12 ms path=/api/v1/items/42 user=abcdef status=200 bytes=1234 agent=x' %d; exec sleep 100000"]
    stop_grace_period: 1s
  writing:
    image: lab/base:bookworm
    command: [sh, -c, "while :; do seq -f '%%.0f 2026 INFO request handled in 12 ms path=/api/v1/items/42 user=abcdef status=200 bytes=1234 agent=x' 1000; sleep 0.05; done"]
    stop_grace_period: 1s
    profiles: [live]
`

// logRounds are how often each way is measured: Compose takes a minute for one.
const logRounds = 3

// logs compares what reads logs.
func logs(b *bench) (rows []row, err error) {
	s, err := b.prepared()
	if err != nil {
		return nil, err
	}
	m, err := s.large(1, fmt.Sprintf(logText, logLines))
	if err != nil {
		return nil, err
	}
	defer func() {
		_, _ = m.must("docker", "compose", "-f", m.file, "--env-file", ".env", "rm", "-sf", "writing") // down leaves what a profile has
		err = errors.Join(err, m.remove())
	}()
	b.logf("  writing %d lines", logLines)
	if _, err := m.must(m.binary, "infra:up"); err != nil {
		return nil, err
	}
	last := fmt.Sprint(logLines, " 2026")
	if _, err := m.read([]string{"docker", "compose", "-f", m.file, "--env-file", ".env", "logs", "-f", "--tail=1"}, ends(last)); err != nil {
		return nil, err
	}
	for _, way := range []struct {
		title, note   string
		target, other []string
		over          func() func([]byte) bool // nil: at the end of the process
		bound         func(ours, theirs side) bound
	}{
		{fmt.Sprintf("The last %d lines of a log", logTail), "", []string{"infra:logs", fmt.Sprint("-tail=", logTail)}, []string{"logs", fmt.Sprint("--tail=", logTail)}, nil, half},
		{fmt.Sprintf("The lines of %d that match", logLines), "Compose has no way to choose lines, and prints all.",
			[]string{"infra:logs", "-grep=^4444444"}, []string{"logs"}, nil, half},
		{fmt.Sprintf("A log of %d lines, followed from its beginning", logLines), "Until its last line has come.",
			[]string{"infra:logs", "-follow", "-tail=-1"}, []string{"logs", "-f"}, func() func([]byte) bool { return ends(last) }, half},
		{"20000 lines a second, followed", "Until 200,000 lines have come, of a service that writes a thousand every 50 ms and goes on. It sets the pace, so what either side could take is told by its CPU time.",
			[]string{"infra:logs", "-services=writing", "-follow", "-tail=0"}, []string{"logs", "-f", "--tail=0", "writing"},
			func() func([]byte) bool { return after(200_000) }, perCPU},
	} {
		if strings.HasPrefix(way.title, "20000") {
			if _, err := m.must("docker", "compose", "-f", m.file, "--env-file", ".env", "up", "-d", "writing"); err != nil {
				return nil, err
			}
		}
		ours, theirs := m.sides(way.target, way.other)
		for c, argv := range map[*contender][]string{ours: append([]string{m.binary}, way.target...), theirs: strings.Fields(theirs.command)} {
			c.run = func() (outcome, error) {
				if way.over == nil {
					return m.read(argv, nil)
				}
				return m.read(argv, way.over())
			}
		}
		if err := turns(logRounds, ours, theirs); err != nil {
			return nil, err
		}
		rows = append(rows, row{title: way.title, sides: sides(ours, theirs),
			bounds: []bound{way.bound(ours.side, theirs.side), atMost("memory, 1.2 times Compose's:", median(ours.peak), median(theirs.peak)*6/5)},
			notes:  []string{strings.TrimSpace("`mage` is the binary that the launcher runs. " + way.note)}})
	}
	return rows, nil
}

// perCPU: at least 1.5 times the lines for the same CPU time.
func perCPU(ours, theirs side) bound {
	got := ratio(theirs.cpu, ours.cpu)
	return bound{text: "at least 1.5 times the lines in a second of its CPU", got: digits(got) + " times", holds: got >= 1.5}
}

func half(ours, theirs side) bound { return faster(ours, theirs, 1.5) }

// ends is true of a line with a text in it.
func ends(text string) func([]byte) bool {
	return func(line []byte) bool { return bytes.Contains(line, []byte(text)) }
}

// after is true of the n-th line.
func after(n int) func([]byte) bool {
	return func([]byte) bool { n--; return n <= 0 }
}

// read runs what prints lines until over is true of one, or to its end; it keeps none.
func (m *largeModel) read(argv []string, over func([]byte) bool) (o outcome, err error) {
	ctx, cancel := context.WithTimeout(m.b.ctx, 20*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = m.dir, m.variables()
	var errs bytes.Buffer
	cmd.Stderr = &errs
	var lines io.ReadCloser
	if over != nil {
		if lines, err = cmd.StdoutPipe(); err != nil {
			return o, err
		}
	}
	forgetPeak()
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return o, err
	}
	if over != nil {
		scanner := bufio.NewScanner(lines)
		for scanner.Scan() && !over(scanner.Bytes()) {
			continue
		}
		o.took = time.Since(began)
		_ = cmd.Process.Signal(syscall.SIGINT)
		_, _ = io.Copy(io.Discard, lines)
		_ = cmd.Wait() // ended by that
	} else if err := cmd.Wait(); err != nil {
		return o, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, tail(errs.String()))
	} else {
		o.took = time.Since(began)
	}
	o.cpu, o.peak = cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime(), highestResident(cmd.ProcessState)
	return o, ctx.Err()
}
