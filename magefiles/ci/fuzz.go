package ci

import (
	"context"
	"errors"
	"strings"
)

// fuzzTime is for each target: enough for a parser to meet what its seeds
// lack, without making anybody wait. It is a number of runs, because go test
// fails at times when a limit of time ends it. The seeds themselves run as unit
// tests.
const fuzzTime = "5000x"

// fuzzTarget is one fuzz function and the package it lies in.
type fuzzTarget struct{ pkg, name string }

// fuzz runs every fuzz target of the tree.
func (c *run) fuzz(ctx context.Context) error {
	targets, err := c.fuzzTargets(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, t := range targets {
		if ctx.Err() != nil {
			break
		}
		errs = append(errs, c.do(ctx, "go", "test", "-run=^$", "-fuzz=^"+t.name+"$", "-fuzztime="+fuzzTime, t.pkg))
	}
	return errors.Join(errs...)
}

func (c *run) fuzzTargets(ctx context.Context) ([]fuzzTarget, error) {
	packages, err := c.packages(ctx)
	if err != nil {
		return nil, err
	}
	list, err := c.output(ctx, append([]string{"go", "test", "-list=^Fuzz", "./" + sdkModule + "/..."}, packages...)...)
	if err != nil {
		return nil, err
	}
	return parseFuzzTargets(list), nil
}

// parseFuzzTargets reads what go test -list prints: the names of a package's
// functions, and then "ok", the package and the time.
func parseFuzzTargets(list string) []fuzzTarget {
	var targets []fuzzTarget
	var names []string
	for line := range strings.Lines(list) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 1 && strings.HasPrefix(fields[0], "Fuzz"):
			names = append(names, fields[0])
		case len(fields) > 1 && fields[0] == "ok":
			for _, name := range names {
				targets = append(targets, fuzzTarget{pkg: fields[1], name: name})
			}
			names = nil
		}
	}
	return targets
}
