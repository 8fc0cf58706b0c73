// Package process is the command line: it puts the parts together for a
// subcommand and ends them in order.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/infinitescribe/spellbook/apps/backend/internal/config"
)

// Exit codes.
const (
	ok     = 0
	failed = 1
	misled = 2 // by its arguments or its configuration: trying again is no use
)

// Process is what the operating system gives to a program.
type Process struct {
	Args     []string // without the program's name
	Lookup   func(string) (string, bool)
	ReadFile func(string) ([]byte, error)
	Hostname string // what an agent is called; a container's is its ID
	Out, Err io.Writer
	Now      func() time.Time
}

const usage = "usage: backend [serve | migrate | healthcheck | version]"

// Run does what the arguments say until it is done or ctx ends, and returns
// the exit code.
func (p Process) Run(ctx context.Context) int {
	command := "serve"
	if len(p.Args) > 0 {
		command = p.Args[0]
	}
	commands := map[string]func(context.Context) error{
		"serve": p.serve, "migrate": p.migrate, "healthcheck": p.healthcheck, "version": p.version,
	}
	run, known := commands[command]
	if !known || len(p.Args) > 1 {
		_, _ = fmt.Fprintln(p.Err, usage)
		return misled
	}
	err := run(ctx)
	if err == nil {
		return ok
	}
	_, _ = fmt.Fprintf(p.Err, "backend %s: %v\n", command, err)
	if errors.Is(err, config.ErrInvalid) {
		return misled
	}
	return failed
}

func (p Process) source() *config.Source {
	return &config.Source{Lookup: p.Lookup, ReadFile: p.ReadFile}
}

// version says what the image was built of: its variables name it, because a
// revision inside the binary would change it with every commit.
func (p Process) version(context.Context) error {
	_, err := fmt.Fprintf(p.Out, "backend %s, revision %s, %s\n", p.about("BACKEND_VERSION"), p.about("BACKEND_REVISION"), runtime.Version())
	return err
}

func (p Process) about(name string) string {
	if value, _ := p.Lookup(name); value != "" {
		return value
	}
	return "unknown"
}
