// Package bench starts the benchmark of this repository, test/bench. It belongs
// to this repository's own magefile, and none of the public targets imports it.
package bench

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/local"
)

// Options are the flags of bench.
type Options struct {
	Rounds int    // of the cold starts; 0 means the benchmark's own choice
	Only   string // parts, comma separated; all when empty
}

// Run runs it; it writes what it measured into docs/benchmarks.md.
func Run(ctx context.Context, w *app.Run, o Options) error {
	return w.Guard(ctx, func(ctx context.Context) error {
		root := w.Root()
		if _, err := os.Stat(filepath.Join(root, "test", "bench")); err != nil {
			return failure.New(failure.Preflight, "no test/bench here: the benchmark is part of Spellbook's own repository")
		}
		err := local.Run(ctx, local.Command{Argv: o.argv(), Dir: root, Env: w.Environ, Stdout: w.Out, Stderr: w.Err})
		if exit := new(local.ExitError); errors.As(err, &exit) {
			return failure.New(failure.Unexpected, "the benchmark failed, or a bound does not hold: see above")
		}
		return err
	})
}

func (o Options) argv() []string {
	argv := []string{"go", "run", "./test/bench"}
	if o.Rounds != 0 {
		argv = append(argv, "-rounds="+strconv.Itoa(o.Rounds))
	}
	if o.Only != "" {
		argv = append(argv, "-only="+o.Only)
	}
	return argv
}
