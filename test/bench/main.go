// Package main measures Spellbook against the Docker Compose CLI and Mage,
// side by side on one machine, and writes docs/benchmarks.md. Every command is
// a whole process on the wall clock; A and B take turns, so that both meet the
// same weather. It may import anything, and nothing imports it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// document is where the results go, seen from the root of the repository, and
// results is what it is rendered from.
const (
	document = "docs/benchmarks.md"
	results  = "docs/benchmarks.json"
)

// rounds are how often things that take that long are measured.
type rounds struct{ cold, fast, model int }

// bench is one run of the benchmark.
type bench struct {
	ctx    context.Context
	root   string
	rounds rounds
	log    io.Writer
	stack  *stack // nil until a row needs it
}

// part makes some of the rows; its name is what -only picks.
type part struct {
	name, title string
	run         func(*bench) ([]row, error)
}

// parts are all of them, in the document's order.
func parts() []part {
	return []part{
		{"cold", "Starting a stack", cold}, {"noop", "Nothing to start", noop}, {"status", "Looking at a stack", status}, {"logs", "Reading logs", logs}, {"launcher", "Starting Spellbook", launcher},
		{"model", "Large models", models}, {"large", "A thousand services", largeModels}, {"many", "Starting many services", many},
		{"busy", "Starting many services on a busy machine", busy}, {"schedule", "Large plans", schedule}, {"plugins", "Plugins", plugins}, {"builds", "Builds", builds},
		{"transfers", "Deploying a small change", transfers}, {"shipping", "Deploying nothing, and back", shipping},
		{"tasks", "Tasks", tasks}, {"stacks", "Stacks for tests", testStacks}, {"memory", "Memory of a deployment", memory}, {"load", "Deployments under load", underLoad}, {"cuts", "Deployments that are cut", cuts},
		{"ci", "Checks", checks},
	}
}

func main() {
	n := flag.Int("rounds", 3, "rounds of the cold starts")
	only := flag.String("only", "", "some parts only, comma separated: cold,noop,status,logs,launcher,model,large,many,busy,schedule,plugins,builds,transfers,shipping,tasks,stacks,memory,load,cuts,ci")
	flag.Parse()
	chosen, err := choose(*only)
	if err == nil && (*n < 1 || flag.NArg() > 0) {
		err = fmt.Errorf("-rounds must be at least 1, and there are no arguments")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	b := &bench{ctx: ctx, root: ".", log: os.Stderr, rounds: rounds{cold: *n, fast: max(15, *n), model: max(5, *n)}}
	err = b.run(chosen)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// choose picks parts by name; none named means all.
func choose(only string) ([]part, error) {
	if only == "" {
		return parts(), nil
	}
	var chosen []part
	for name := range strings.SplitSeq(only, ",") {
		before := len(chosen)
		for _, p := range parts() {
			if p.name == strings.TrimSpace(name) {
				chosen = append(chosen, p)
			}
		}
		if len(chosen) == before {
			return nil, fmt.Errorf("no part %q", name)
		}
	}
	return chosen, nil
}

// run measures, prints, writes these parts anew into the document, and fails when
// a bound does not hold.
func (b *bench) run(chosen []part) error {
	defer func() { b.stack.close() }()
	kept, err := readRecords()
	if err != nil {
		return err
	}
	var broken []string
	for _, p := range chosen {
		b.logf("%s", p.name)
		before := load()
		rows, err := p.run(b)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Print(tables(rows))
		broken = append(broken, failures(rows)...)
		kept[p.name] = newRecord(rows, before)
		if err := b.write(kept); err != nil {
			return err
		}
	}
	if len(broken) > 0 {
		return fmt.Errorf("these do not hold:\n  %s", strings.Join(broken, "\n  "))
	}
	return nil
}

func (b *bench) logf(format string, args ...any) { _, _ = fmt.Fprintf(b.log, format+"\n", args...) }
