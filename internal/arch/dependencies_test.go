package arch_test

import (
	"encoding/json"
	"os/exec"
	"regexp"
	"slices"
	"testing"
)

// entry is a heading of docs/dependencies.md: ### `example.com/module`
var entry = regexp.MustCompile("(?m)^### `([^`]+)`")

func TestEveryDirectDependencyIsAccountedFor(t *testing.T) {
	t.Parallel()
	var listed []string
	for _, match := range entry.FindAllStringSubmatch(read(t, "docs/dependencies.md"), -1) {
		listed = append(listed, match[1])
	}
	required := directDependencies(t)
	for _, path := range required {
		if !slices.Contains(listed, path) {
			t.Errorf("docs/dependencies.md does not say what %s is for", path)
		}
	}
	for _, path := range listed {
		if !slices.Contains(required, path) {
			t.Errorf("docs/dependencies.md lists %s, which go.mod does not require", path)
		}
	}
}

func directDependencies(t *testing.T) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, r := range mod.Require {
		if !r.Indirect {
			paths = append(paths, r.Path)
		}
	}
	return paths
}
