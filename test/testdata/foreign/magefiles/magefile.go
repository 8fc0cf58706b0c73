//go:build mage

package main

import (
	"fmt"

	//mage:import
	"github.com/infinitescribe/spellbook/magefiles/targets"
)

// This repository keeps its stack where it has always been.
func init() {
	targets.Layout.ComposeDir = "deploy"
	targets.Layout.EnvDir = "deploy/environments"
}

// Greet is a target of their own beside those of Spellbook.
func Greet(name string) { fmt.Printf("hello %s, this is theirs\n", name) }
