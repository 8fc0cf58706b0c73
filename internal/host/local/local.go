// Package local runs commands on this machine: each in a process group of its
// own, ended whole when the context ends. It is, with ssh, the only home of
// os/exec, and imports host alone.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/host"
)

// Grace is how long a cancelled command may take to end before it is killed.
const Grace = 1500 * time.Millisecond

// Command is what to run. Argv is never changed and no shell sees it.
type Command struct {
	Argv   []string
	Dir    string
	Env    []string // all of it; nil means none
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	// Foreground commands share the terminal and its process group, so that
	// an interactive client gets keys and signals itself.
	Foreground bool
	// Whole commands end with all that they have left running in their group.
	Whole bool
}

// ExitError is a command that ended with another code than 0: where a signal ended it,
// 128 and the signal's number, as shells have it.
type ExitError struct {
	Argv []string
	Code int
}

func (e *ExitError) Error() string { return e.Argv[0] + " exited with code " + itoa(e.Code) }

// RunAllowing runs c. Where that exits with the code that is allowed, and the command allowIf
// passes, it has passed; the failure is c's.
func RunAllowing(ctx context.Context, c Command, code int, allowIf []string) error {
	err := Run(ctx, c)
	var exit *ExitError
	if len(allowIf) == 0 || !errors.As(err, &exit) || exit.Code != code {
		return err
	}
	_, _ = io.WriteString(c.Stdout, "$ "+strings.Join(allowIf, " ")+"\n")
	c.Argv = allowIf
	if Run(ctx, c) == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// Run runs c to its end; the program is looked up in the PATH of c.Env. When
// ctx ends, the process group gets TERM, and KILL after Grace, and so do on Linux the
// groups that what it has started has made.
func Run(ctx context.Context, c Command) error {
	path, err := host.Find(c.Argv[0], c.Env)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, c.Argv[1:]...)
	cmd.Args[0] = c.Argv[0]
	cmd.Dir, cmd.Env = c.Dir, c.Env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Stdin, c.Stdout, c.Stderr
	cmd.WaitDelay = Grace
	var others []int // groups that the command's own children have made
	if !c.Foreground {
		own(cmd)
		cmd.Cancel = func() error {
			others = below(cmd.Process.Pid)
			return end(cmd, others)
		}
	}
	err = cmd.Run()
	if ctx.Err() != nil {
		if !c.Foreground {
			sweep(cmd, others)
		}
		return context.Cause(ctx)
	}
	if c.Whole {
		sweep(cmd, nil)
		if errors.Is(err, exec.ErrWaitDelay) { // what was left running held the output
			err = nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) && c.Dir != "" { // the system's word is of the program
		if _, missing := os.Stat(c.Dir); missing != nil {
			return fmt.Errorf("there is no directory %s", c.Dir)
		}
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return &ExitError{Argv: c.Argv, Code: codeOf(exit)}
	}
	return err
}
