//go:build mage

// Spellbook runs the Compose stack of this repository: environments,
// infrastructure, builds. Start with infra:up.
package main

import (
	"context"

	"github.com/infinitescribe/spellbook/magefiles/bench"
	"github.com/infinitescribe/spellbook/magefiles/ci"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/plugins"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/build"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/ci"
	//mage:import
	"github.com/infinitescribe/spellbook/magefiles/targets/clean"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/deploy"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/dev"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/env"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/infra"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/plugin"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/task"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/test"
)

// The checks of this repository are tasks, which `mage ci` runs.
func init() { ci.Define() } //nolint:gochecknoinits // where tasks are defined

// Aliases: Go has no function and type of one name in one package, so that
// `clean` is another name of clean:all.
var Aliases = map[string]any{
	"clean": clean.Clean.All,
}

// Bench measures Spellbook against Compose and Mage and writes docs/benchmarks.md.
func Bench(ctx context.Context,
	rounds *int, // cold starts of each side (3)
	only *string, // some parts only, printed: cold,noop,status,launcher,model,schedule,plugins,builds,ci
) error {
	return bench.Run(ctx, target.Run(), bench.Options{Rounds: target.Value(rounds), Only: target.Value(only)})
}
