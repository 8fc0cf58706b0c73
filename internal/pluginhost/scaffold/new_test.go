package scaffold

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// The new plugin is a module of its own that requires the SDK alone, with the
// sums that the SDK knows, so that nothing is asked of the network.
func TestANewPluginBuildsAndItsTestsPass(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sdk, err := filepath.Abs("../../../plugins/sdk")
	if err != nil {
		t.Fatal(err)
	}
	files, err := New("orders")
	if err != nil {
		t.Fatal(err)
	}
	const module = "github.com/infinitescribe/spellbook/plugins/sdk"
	text := strings.Replace(read(t, filepath.Join(sdk, "go.mod")), "module "+module, "module example.com/orders", 1)
	files = append(files, File{"go.sum", read(t, filepath.Join(sdk, "go.sum"))},
		File{"go.mod", text + "\nrequire " + module + " v0.0.0\nreplace " + module + " => " + sdk + "\n"})
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Path), []byte(f.Text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "./...")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWhatANewPluginCannotBeCalled(t *testing.T) {
	for _, name := range []string{"", "sdk", "Orders", "my-plugin", "../x", "1st", "a.b", strings.Repeat("a", 40)} {
		if _, err := New(name); failure.CodeOf(err) != failure.Usage {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestTwoNewPluginsHavePortsOfTheirOwn(t *testing.T) {
	seen := map[uint32]string{}
	for _, name := range []string{"orders", "queue", "search", "mail"} {
		port := portOf(name)
		if other, taken := seen[port]; taken || port < 1024 || port > 32767 {
			t.Errorf("%s has port %d; so has %q", name, port, other)
		}
		seen[port] = name
	}
}
