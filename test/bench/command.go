package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// outcome is what one run of a command came to.
type outcome struct {
	took time.Duration // from before the start to after the end of the process
	cpu  time.Duration // of the process and all it waited for; not the engine's
	peak int64         // memory that was resident, in bytes, of the largest of them; with a minus: it is under that
	code int
	out  string
	all  string // out, and what went to standard error
}

// execute runs a command to its end; another exit code than 0 is no error.
func execute(ctx context.Context, dir string, env []string, argv ...string) (outcome, error) {
	var out, all bytes.Buffer
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, env
	cmd.Stdout, cmd.Stderr = &out, &all
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	forgetPeak()
	began := time.Now()
	err := cmd.Run()
	o := outcome{took: time.Since(began), out: out.String(), all: out.String() + all.String()}
	if ctx.Err() != nil {
		return o, ctx.Err()
	}
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		return o, fmt.Errorf("run %q: %w", strings.Join(argv, " "), err)
	}
	o.code = cmd.ProcessState.ExitCode()
	o.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	o.peak = highestResident(cmd.ProcessState)
	return o, nil
}

// must is execute for what has to exit 0.
func must(ctx context.Context, dir string, env []string, argv ...string) (outcome, error) {
	o, err := execute(ctx, dir, env, argv...)
	if err == nil && o.code != 0 {
		err = fmt.Errorf("%s exited with code %d:\n%s", strings.Join(argv, " "), o.code, tail(o.all))
	}
	return o, err
}

func tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

// firstLine is the first line of what a command prints; "" where it fails.
func firstLine(ctx context.Context, dir string, argv ...string) string {
	o, err := execute(ctx, dir, nil, argv...)
	if err != nil || o.code != 0 {
		return ""
	}
	line, _, _ := strings.Cut(strings.TrimSpace(o.out), "\n")
	return line
}
