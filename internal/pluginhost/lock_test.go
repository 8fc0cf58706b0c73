package pluginhost

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
)

func testLock() Lock {
	hex := strings.Repeat("0123456789abcdef", 4)
	return Lock{Version: 1, Plugins: []Locked{
		{Name: "search", Kind: Module, Source: "example.com/spellbook/search", Version: "v1.4.0", Sum: "h1:" + strings.Repeat("A", 43) + "=", Manifest: hex, API: "1", Permissions: []string{"cap:NET_ADMIN", "mount:/data"}},
		{Name: "mail", Kind: Binary, Source: "tools/mail", Version: "0.3.0", SHA256: map[string]string{"linux/arm64": hex, "darwin/arm64": hex}, Manifest: hex, API: "1-2"},
	}}
}

const lockText = `# Written by Spellbook (mage plugin:add, plugin:remove): commit it, and do not edit it.
version: 1
plugins:
  - name: mail
    kind: binary
    source: tools/mail
    version: 0.3.0
    sha256:
      darwin/arm64: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
      linux/arm64: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    manifest: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    api: 1-2
  - name: search
    kind: module
    source: example.com/spellbook/search
    version: v1.4.0
    sum: h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
    manifest: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    api: "1"
    permissions:
      - cap:NET_ADMIN
      - mount:/data
`

func TestTheLockHasOneValueALineInAStableOrder(t *testing.T) {
	t.Parallel()
	text, err := testLock().Text()
	if err != nil || string(text) != lockText {
		t.Errorf("%v: got\n%s\nwant\n%s", err, text, lockText)
	}
	lock, err := ParseLock(text)
	if err != nil {
		t.Fatal(err)
	}
	again, err := lock.Text()
	if err != nil || string(again) != lockText {
		t.Errorf("%v: read and written again it is\n%s", err, again)
	}
}

// A Spellbook that knows no brings says that the form is another, not that a field is wrong.
func TestALockWithWhatAPluginBringsHasAnotherForm(t *testing.T) {
	t.Parallel()
	lock := testLock()
	lock.Plugins[0].Brings = []string{"service search"}
	text, err := lock.Text()
	if err != nil || !strings.Contains(string(text), "version: 2\n") {
		t.Errorf("%v, %s", err, text)
	}
	again, err := ParseLock(text)
	if err != nil || len(again.Plugins[1].Brings) != 1 {
		t.Errorf("%v, %v", err, again)
	}
}

func TestALockThatSomebodyEditedIsNotRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to string }{
		{"version: 1\n", "version: 3\n"},
		{"kind: module", "kind: built-in"},
		{"kind: binary", "kind: binary\n    trusted: true"},
		{"name: mail", "name: ../mail"},
		{"name: mail", "name: search"},
		{"name: mail", "name: mail\n    name: mail"},
		{"sum: h1:A", "sum: h1:"},
		{"version: v1.4.0", "version: latest"},
		{"source: example.com/spellbook/search", "source: -exec=x"},
		{"source: tools/mail", "source: \"\\e[2J\""},
		{"darwin/arm64: 0", "darwin/arm64: "},
		{"api: 1-2", "api: 0"},
		{"      - cap:NET_ADMIN\n", "      - everything\n"},
		{"      - mount:/data\n", "      - mount:/data\n      - mount:/data\n"},
		{"version: 1\n", "version: 1\n---\n"},
		{"plugins:\n", "plugins: &a [*a]\nx:\n"},
	} {
		text := strings.Replace(lockText, c.from, c.to, 1)
		if lock, err := ParseLock([]byte(text)); err == nil {
			t.Errorf("%q for %q was read as %+v", c.to, c.from, lock)
		} else if !manifest.IsText(err.Error(), "") {
			t.Errorf("control characters in %q", err)
		}
	}
}

func TestATamperedLockEndsEverythingWithOneError(t *testing.T) {
	t.Parallel()
	h := &Host{Root: t.TempDir(), Cache: t.TempDir()}
	path := filepath.Join(h.Root, "plugins", "plugins.lock")
	write(t, path, "version: 1\nplugins: {}\n")
	_, err := h.Resolve(t.Context(), []string{"mail"})
	isPreflight(t, err, "plugins/plugins.lock cannot be read", "git checkout plugins/plugins.lock")
	_, err = h.Known()
	isPreflight(t, err, "plugins/plugins.lock cannot be read")
	// What is told to be typed brings back the one in git.
	good := testLock()
	typeIn(t, h.Root, nil, "git init -q")
	text, err := good.Text()
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, string(text))
	typeIn(t, h.Root, nil, "git add . && git -c user.name=x -c user.email=x@example.org commit -q -m x")
	write(t, path, "version: 1\nplugins: {}\n")
	typeIn(t, h.Root, nil, "git checkout plugins/plugins.lock")
	if _, err := h.Known(); err != nil {
		t.Error(err)
	}
}

// typeIn runs a line in the shell, and returns what it wrote.
func typeIn(t *testing.T, dir string, environ []string, line string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir, cmd.Env = dir, environ
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}

func TestInCINothingIsWrittenIntoTheLock(t *testing.T) {
	t.Parallel()
	for what, h := range map[string]*Host{
		"CI": {Environ: []string{"CI=true"}}, "-locked": {Locked: true},
	} {
		h.Root, h.Cache = t.TempDir(), t.TempDir()
		entry := testLock().Plugins[0]
		isPreflight(t, h.Apply(t.Context(), Change{New: &entry}), "may not be changed here")
		if _, err := os.Stat(filepath.Join(h.Root, "plugins")); err == nil {
			t.Errorf("%s: something was written", what)
		}
	}
	h := &Host{Root: t.TempDir(), Cache: t.TempDir()}
	entry := testLock().Plugins[0]
	if err := h.Apply(t.Context(), Change{New: &entry}); err != nil {
		t.Fatal(err)
	}
	lock, err := h.ReadLock()
	if err != nil || !reflect.DeepEqual(lock.Plugins, []Locked{entry}) {
		t.Errorf("%v: %+v", err, lock)
	}
}

func TestAChangeIsShownAsADiff(t *testing.T) {
	t.Parallel()
	old := testLock().Plugins[0]
	now := old
	now.Version, now.Sum, now.Permissions = "v1.5.0", "h1:"+strings.Repeat("B", 43)+"=", []string{"mount:/data", "privileged"}
	c := Change{Old: &old, New: &now, Missing: []manifest.Permission{{Key: "docker.sock", Reason: "To count"}}, Manifest: manifest.Manifest{Variables: []manifest.Variable{{Name: "SEARCH_KEY", Secret: true, Summary: "The key"}}}}
	want := `- version v1.4.0
+ version v1.5.0
- sum h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
+ sum h1:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB=
- permission cap:NET_ADMIN
+ permission privileged
  permission docker.sock is not granted: To count
  it is given the secret SEARCH_KEY: The key`
	if got := strings.Join(c.Lines(), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := (Change{Old: &old}).Lines(); got[0] != "- plugin search example.com/spellbook/search@v1.4.0" {
		t.Errorf("got %q", got)
	}
}

// FuzzLock: what is read as a lock is written and read again as the same.
func FuzzLock(f *testing.F) {
	f.Add([]byte(lockText))
	f.Add([]byte("version: 1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lock, err := ParseLock(data)
		if err != nil {
			return
		}
		text, err := lock.Text()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseLock(text)
		if err != nil {
			t.Fatalf("%v: written as\n%s", err, text)
		}
		twice, err := again.Text()
		if err != nil || string(twice) != string(text) {
			t.Fatalf("%v: first\n%s\nthen\n%s", err, text, twice)
		}
	})
}
