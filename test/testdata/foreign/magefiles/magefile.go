//go:build mage

package main

import (
	"fmt"

	"github.com/infinitescribe/spellbook"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/build"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/clean"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/dev"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/env"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/infra"
	//mage:import
	_ "github.com/infinitescribe/spellbook/magefiles/targets/plugin"
)

// This repository keeps its stack where it has always been.
func init() {
	spellbook.Repository = spellbook.Layout{
		ComposeDir: "deploy",
		EnvDir:     "deploy/environments",
	}
}

// Greet is a target of their own beside those of Spellbook.
func Greet(name string) { fmt.Printf("hello %s, this is theirs\n", name) }

// Ci is theirs, too: Spellbook's own is no part of what others import.
func Ci() { fmt.Println("these are their checks") }
