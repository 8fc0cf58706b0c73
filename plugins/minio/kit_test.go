package main

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/infinitescribe/spellbook/plugins/sdk/kit"
)

func TestTheBinaryKeepsTheContract(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "minio")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	values := server(t)
	values.Config["MINIO_BUCKETS"] = "uploads,archive:versioned"
	kit.Test(t, binary, kit.Options{Config: values.Config, Endpoints: values.Endpoints, Secrets: values.Secrets, Project: "stack"})
}
