// Package contract tests scripts/proto/gen.sh, which keeps the plugins' contract and what is generated of it together.
package contract_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	script   = "../../scripts/proto/gen.sh"
	contract = "../../plugins/sdk/proto"
	file     = "spellbook/plugin/v1/plugin.proto"
)

// run runs the script on a contract, and gives what it said and whether it
// found nothing wrong.
func run(t *testing.T, verb, dir string) (string, bool) {
	t.Helper()
	path, err := filepath.Abs(script)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, verb)
	cmd.Env = append(os.Environ(), "PROTO_DIR="+dir)
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// changed is a copy of the contract with one text replaced.
func changed(t *testing.T, before, after string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(contract)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, file)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(data, []byte(before)) {
		t.Fatalf("the contract has no %q", before)
	}
	if err := os.WriteFile(path, bytes.Replace(data, []byte(before), []byte(after), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTheContractKeepsItsRulesAndItsPromises(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"lint", "breaking", "check"} {
		if out, ok := run(t, verb, changed(t, "service PluginService", "service PluginService")); !ok {
			t.Errorf("%s: %s", verb, out)
		}
	}
}

func TestAChangeThatBreaksPluginsIsFound(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ before, after, want string }{
		"field renamed":  {"string reason = 2;\n  // detail", "string why = 2;\n  // detail", `"why"`},
		"field retyped":  {"uint32 width = 5;", "string width = 5;", "width"},
		"method removed": {"rpc Cancel(CancelRequest) returns (CancelResponse);", "", `"Cancel"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, ok := run(t, "breaking", changed(t, test.before, test.after))
			if ok || !strings.Contains(out, test.want) || !strings.Contains(out, "only add to it") {
				t.Errorf("found nothing: %s", out)
			}
		})
	}
}

func TestAnAdditionBreaksNothingButNeedsToBeGenerated(t *testing.T) {
	t.Parallel()
	dir := changed(t, "uint32 width = 5;", "uint32 width = 5;\n  uint32 height = 7;")
	if out, ok := run(t, "breaking", dir); !ok {
		t.Error(out)
	}
	if out, ok := run(t, "check", dir); ok || !strings.Contains(out, "gen.sh generate") {
		t.Errorf("the generated files are taken for current: %s", out)
	}
}
