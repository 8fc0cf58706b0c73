// Package node_test holds the example of a plugin in Node to the contract, with
// the conformance kit. It imports plugins/sdk/kit.
package node_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/infinitescribe/spellbook/plugins/sdk/kit"
)

// The example is installed in a copy of the tree, from its lock file alone.
func TestThePluginInNodePassesTheKit(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	example := filepath.Join(root, "examples", "node")
	for from, to := range map[string]string{".": example, "../../proto": filepath.Join(root, "proto")} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(filepath.Join(example, "node_modules")); err != nil {
		t.Fatal(err)
	}
	install := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	install.Dir = example
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("install packages of the example (Node 18 or later with npm is needed): %v\n%s", err, out)
	}
	kit.Test(t, filepath.Join(example, "plugin.mjs"))
}
