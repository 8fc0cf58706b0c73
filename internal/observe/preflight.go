package observe

import (
	"context"
	"errors"
	"strings"

	"github.com/sourcegraph/conc"

	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/resource"
)

// Facts are what decides whether a stack can come up on this machine.
type Facts struct {
	Engine  resource.Engine
	Compose Compose
	Ports   []WantedPort
	Files   []File
	Names   []WantedName
	Disk    Disk
}

// Compose is the Compose CLI.
type Compose struct {
	Version string // as it prints it; "" when it cannot be run
	Problem string // what was printed instead
}

// Disk is the file system under the engine's root directory.
type Disk struct {
	Path string // "" where it is not to be seen from here
	Free uint64 // bytes that anybody may use
}

// Prober is what Preflight needs of an engine's client.
type Prober interface {
	// Info fails with a hint where the engine does not answer.
	Info(ctx context.Context) (resource.Engine, error)
	AllContainers(ctx context.Context) ([]Container, error)
	// EveryContainer has those that do not run as well.
	EveryContainer(ctx context.Context) ([]Container, error)
	Networks(ctx context.Context, project string) ([]Network, error)
	Volumes(ctx context.Context, project string) ([]string, error)
	// Local reports whether ports, files and processes are this machine's.
	Local() bool
}

// Run runs a command and returns its output, both streams together.
type Run func(ctx context.Context, argv []string) (string, error)

// Preflight finds out, all at once, what could be in the way of p. It changes
// nothing, but ports that nobody has are taken for an instant.
func Preflight(ctx context.Context, c Prober, p *project.Project, s State, run Run) (Facts, error) {
	var f Facts
	var errInfo, errPorts, errNames error
	var work conc.WaitGroup
	work.Go(func() {
		if f.Engine, errInfo = c.Info(ctx); errInfo == nil && c.Local() {
			f.Disk = free(f.Engine.RootDir)
		}
	})
	work.Go(func() { f.Compose = composeCLI(ctx, run) })
	work.Go(func() { f.Ports, errPorts = ports(ctx, c, p, s) })
	work.Go(func() { f.Names, errNames = names(ctx, c, p, s) })
	work.Go(func() {
		if c.Local() {
			f.Files = files(p)
		}
	})
	work.Wait()
	if ctx.Err() != nil {
		return Facts{}, context.Cause(ctx)
	}
	if errInfo != nil {
		return Facts{}, errInfo
	}
	return f, errors.Join(errPorts, errNames)
}

// composeCLI asks for the plugin's version.
func composeCLI(ctx context.Context, run Run) Compose {
	out, err := run(ctx, []string{"docker", "compose", "version", "--short"})
	out = strings.TrimSpace(out)
	if err == nil {
		return Compose{Version: out}
	}
	first, _, _ := strings.Cut(out, "\n")
	return Compose{Problem: strings.TrimPrefix(strings.TrimSpace(first)+": "+err.Error(), ": ")}
}

// free is the room under the engine's root directory, where that is a
// directory of this machine.
func free(dir string) Disk {
	bytes, err := freeBytes(dir)
	if dir == "" || err != nil {
		return Disk{}
	}
	return Disk{Path: dir, Free: bytes}
}
