package adopt_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/goproxytest"
)

const (
	spellbook = "github.com/infinitescribe/spellbook"
	sdk       = spellbook + "/plugins/sdk"
)

// A release of this tree, as a module proxy would serve it, is what an adopter,
// the author of a plugin and go install work with: no directory of this tree, no
// replace, no workspace.
func TestAReleaseIsAllThatAnybodyNeeds(t *testing.T) {
	version := requiredSDK(t)
	proxy := goproxytest.New(t)
	proxy.Release(root, version)
	bin := t.TempDir()
	theirs := repository{t: t, dir: t.TempDir(), env: released(t, proxy, bin)}

	// A repository adopts it as docs/adopting.md says.
	theirs.write("go.mod", "module example.com/theirs\n\ngo 1.26.0\n")
	theirs.write("magefiles/magefile.go", magefiles(t, "docs/adopting.md")[0])
	theirs.write("deploy/docker-compose.yml", "name: theirs\nservices: {theirs: {image: \"lab/service:1\"}}\n")
	theirs.write("deploy/environments/.env.example", "A=1\n")
	theirs.run("", "go", "get", spellbook+"@"+version)
	theirs.run("", "go", "get", "-tool", "github.com/magefile/mage")
	theirs.run("", "go", "mod", "tidy")
	if list := theirs.mage("-l"); !strings.Contains(list, "  infra:up ") {
		t.Errorf("no target infra:up in\n%s", list)
	}

	followREADME(t, proxy, bin)

	// A plugin of Spellbook is built from the module cache.
	if info := theirs.mage("plugin:info", "maildev"); !strings.Contains(info, "(built-in, ") || strings.Contains(info, "from "+root) {
		t.Errorf("plugin:info says\n%s", info)
	}

	// A plugin of their own requires the SDK, and nothing that only Spellbook needs.
	theirs.mage("plugin:new", "orders")
	theirs.run("plugins/orders", "go", "build", "-o", os.DevNull, ".")
	modules := strings.Fields(theirs.run("plugins/orders", "go", "list", "-m", "-f", "{{.Path}}", "all"))
	t.Logf("go list -m all | wc -l: %d for the author of a plugin, %d for who requires Spellbook", len(modules),
		len(strings.Fields(theirs.run("", "go", "list", "-m", "-f", "{{.Path}}", "all"))))
	for _, never := range []string{spellbook, "github.com/moby/buildkit", "github.com/jackc/pgx/v5", "github.com/twmb/franz-go/pkg/kfake", "github.com/compose-spec/compose-go/v2"} {
		if slices.Contains(modules, never) || strings.Contains(theirs.run("plugins/orders", "go", "mod", "graph"), never+"@") {
			t.Errorf("the author of a plugin requires %s", never)
		}
	}
	if !slices.Contains(modules, sdk) {
		t.Errorf("the author of a plugin requires only %q", modules)
	}

	// And go install takes a plugin's program.
	theirs.run("", "go", "install", spellbook+"/plugins/maildev@"+version)
	if _, err := os.Stat(filepath.Join(bin, "maildev")); err != nil {
		t.Error(err)
	}
}

// followREADME types what the README says, in a repository of nothing but Compose files.
func followREADME(t *testing.T, proxy *goproxytest.Proxy, bin string) {
	t.Helper()
	r := repository{t: t, dir: t.TempDir(), env: released(t, proxy, bin)}
	r.write("go.mod", "module example.com/shop\n\ngo 1.26.0\n")
	r.write("deploy/docker-compose.yml", "name: shop\nservices: {web: {image: \"lab/service:1\"}}\n")
	r.write("magefiles/magefile.go", magefiles(t, "README.md")[0])
	_, section, _ := strings.Cut(ours(t, "README.md"), "\n## In your own repository\n")
	_, section, found := strings.Cut(section, "\n```console\n")
	commands, _, _ := strings.Cut(section, "\n```\n")
	if !found {
		t.Fatal("the README shows no commands")
	}
	said := ""
	for line := range strings.Lines(commands) {
		said = r.run("", "bash", "-euc", strings.TrimPrefix(line, "$ "))
	}
	if !strings.Contains(said, "\ninfra\n  infra:config") || strings.Contains(said, "kafka") {
		t.Errorf("the last command lists\n%s", said)
	}
	if graph := r.run("deploy", "../scripts/mage", "infra:graph"); !strings.Contains(graph, "web") {
		t.Errorf("infra:graph says\n%s", graph)
	}
}

// released is the environment of a machine that knows this tree by a proxy
// alone. What others have published was verified when it came to this machine.
func released(t *testing.T, proxy *goproxytest.Proxy, bin string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOPROXY").Output()
	if err != nil {
		t.Fatal(err)
	}
	return append(proxy.Environ(strings.TrimSpace(string(out))), "GOFLAGS=-mod=mod -modcacherw -trimpath", "GOWORK=off", "GOSUMDB=off",
		"GOBIN="+bin, "SPELLBOOK_CACHE="+t.TempDir(), "CI=", "PLUGINS=")
}

// requiredSDK is the version of the SDK that go.mod names: the next release's,
// or the last one's.
func requiredSDK(t *testing.T) string {
	t.Helper()
	var mod struct {
		Require []struct{ Path, Version string }
	}
	cmd := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil || json.Unmarshal(out, &mod) != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, r := range mod.Require {
		if r.Path == sdk {
			return r.Version
		}
	}
	t.Fatalf("go.mod does not require %s", sdk)
	return ""
}
