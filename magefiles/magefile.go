//go:build mage

// Spellbook runs the Compose stack of this repository: environments,
// infrastructure, builds. Start with infra:up.
package main

import (
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/plugins"
	//mage:import
	"github.com/infinitescribe/spellbook/magefiles/targets"
)

// Aliases: Go has no function and type of one name in one package, so that
// `clean` is another name of clean:all.
var Aliases = map[string]any{
	"clean": targets.Clean.All,
}
