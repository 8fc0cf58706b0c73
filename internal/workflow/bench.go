package workflow

import (
	"context"
	"errors"
	"os"
	"strconv"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/local"
)

// BenchOptions are the flags of bench.
type BenchOptions struct {
	Rounds int    // of the cold starts; 0 means the benchmark's own choice
	Only   string // parts, comma separated; all when empty
}

// Bench runs the benchmark of Spellbook's own repository; it writes
// docs/benchmarks.md when all of it ran.
func (w *Workflow) Bench(ctx context.Context, o BenchOptions) error {
	return w.guarded(ctx, func(ctx context.Context) error {
		root := w.layout().Root
		if _, err := os.Stat(w.layout().Path("test", "bench")); err != nil {
			return failure.New(failure.Preflight, "no test/bench here: the benchmark is part of Spellbook's own repository")
		}
		err := local.Run(ctx, local.Command{Argv: o.argv(), Dir: root, Env: w.Environ, Stdout: w.Out, Stderr: w.Err})
		if exit := new(local.ExitError); errors.As(err, &exit) {
			return failure.New(failure.Unexpected, "the benchmark failed, or a bound does not hold: see above")
		}
		return err
	})
}

func (o BenchOptions) argv() []string {
	argv := []string{"go", "run", "./test/bench"}
	if o.Rounds != 0 {
		argv = append(argv, "-rounds="+strconv.Itoa(o.Rounds))
	}
	if o.Only != "" {
		argv = append(argv, "-only="+o.Only)
	}
	return argv
}
