package main

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/infinitescribe/spellbook/plugins/sdk/kit"
)

func TestTheBinaryKeepsTheContract(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "milvus")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	values := (&fake{databases: []string{"default"}}).serve(t)
	values.Config["MILVUS_DATABASES"] = "articles,images"
	kit.Test(t, binary, kit.Options{Config: values.Config, Endpoints: values.Endpoints, Project: "stack"})
}
