package main

import (
	"path/filepath"
	"testing"

	"github.com/infinitescribe/spellbook/plugins/sdk/kit"
)

func TestTheBinaryKeepsTheContract(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "kafka")
	command(t, "go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", binary, ".")
	v := startBroker(t).values(topicsVariable, "orders:3,events")
	kit.Test(t, binary, kit.Options{Config: v.Config, Endpoints: v.Endpoints, Project: "stack"})
}
