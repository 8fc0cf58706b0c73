package main

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/infinitescribe/spellbook/plugins/sdk/kit"
)

func TestTheBinaryKeepsTheContract(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "maildev")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	v := server(t)
	ready(t, v, "0 messages")
	kit.Test(t, binary, kit.Options{Config: v.Config, Endpoints: v.Endpoints, Secrets: v.Secrets, Project: "stack"})
}
