package pluginhost

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/goproxytest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
)

// sdkModule is what the author of a plugin requires.
const sdkModule = "github.com/infinitescribe/spellbook/plugins/sdk"

// newProxy gives the bench a module cache of its own, and the SDK as something
// that can be downloaded.
func newProxy(t *testing.T, b *bench) *goproxytest.Proxy {
	t.Helper()
	p := goproxytest.New(t)
	b.Environ = append(b.Environ, p.Environ()...)
	p.Publish(sdkModule, "v0.1.0", filepath.Join(b.Root, "plugins/sdk"))
	return p
}

// requireSDK makes a directory a module that requires a version of the SDK, and
// knows the sums of all that the SDK requires.
func (b *bench) requireSDK(t *testing.T, dir, version string, sums ...string) {
	t.Helper()
	sdk := filepath.Join(b.Root, "plugins/sdk")
	known, err := os.ReadFile(filepath.Join(sdk, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(sdk, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	_, requires, _ := strings.Cut(string(text), "\ngo 1.26.0\n")
	write(t, filepath.Join(dir, "go.mod"), "module example.com/plain\n\ngo 1.26.0\n\nrequire "+sdkModule+" "+version+"\n"+requires)
	write(t, filepath.Join(dir, "go.sum"), string(known)+strings.Join(sums, ""))
}

// publishPlain publishes the plain plugin as a module of somebody else.
func (b *bench) publishPlain(t *testing.T, p *goproxytest.Proxy, version string) {
	t.Helper()
	dir := t.TempDir()
	copyDirectory(t, "testdata/plain", dir)
	got, err := b.download(t.Context(), sdkModule, "v0.1.0")
	if err == nil || !strings.Contains(err.Error(), "is no program") {
		t.Fatalf("the SDK's module is no plugin: %v", err)
	}
	at := sdkModule + " v0.1.0"
	b.requireSDK(t, dir, "v0.1.0", at+" "+got.Sum+"\n", at+"/go.mod "+got.GoModSum+"\n")
	p.Publish("example.com/plain", version, dir)
}

func TestAModuleIsAddedLockedVerifiedAndRemoved(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.publishPlain(t, newProxy(t, b), "v1.2.3")
	source, err := b.ParseSource("example.com/plain@v1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	change, err := b.Add(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	if change.New.Name != "plain" || change.Old != nil || len(change.Missing) != 1 || len(change.New.Permissions) > 0 {
		t.Fatalf("%+v", change)
	}
	if _, err := os.Stat(filepath.Join(b.Root, LockFile)); err == nil {
		t.Fatal("Add wrote the lock")
	}
	source.Grant = []string{"cap:NET_ADMIN"}
	if change, err = b.Add(t.Context(), source); err != nil || len(change.Missing) > 0 {
		t.Fatalf("%+v, %v", change, err)
	}
	if err := b.Apply(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	p := b.resolve(t, "plain")[0]
	if p.Kind != Module || p.Source != "example.com/plain@v1.2.3" || !slices.Equal(p.Granted, []string{"cap:NET_ADMIN"}) {
		t.Errorf("%+v", p)
	}
	b.quiet()
	b.resolve(t, "plain")
	if len(b.commands)+len(b.launches) > 0 {
		t.Errorf("a known module ran go %v, launched %v", b.commands, b.launches)
	}
	verdicts, err := b.Verify(t.Context())
	if err != nil || len(verdicts) != 1 || verdicts[0].Err != nil {
		t.Errorf("%+v, %v", verdicts, err)
	}
	change, err = b.Remove("plain")
	if err != nil || b.Apply(t.Context(), change) != nil {
		t.Fatal(err)
	}
	_, err = b.Resolve(t.Context(), []string{"plain"})
	isPreflight(t, err, "unknown plugin")
}

func TestWhatTheLockDoesNotSayIsNotRun(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.publishPlain(t, newProxy(t, b), "v1.2.3")
	change, err := b.Add(t.Context(), AddSource{Module: "example.com/plain", Version: "v1.2.3"})
	if err != nil || b.Apply(t.Context(), change) != nil {
		t.Fatal(err)
	}
	path := filepath.Join(b.Root, filepath.FromSlash(LockFile))
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to, says string }{
		{"sum: " + change.New.Sum, "sum: h1:" + strings.Repeat("A", 43) + "=", "the module example.com/plain@v1.2.3 is not the one in the lock"},
		{"manifest: " + change.New.Manifest, "manifest: " + strings.Repeat("0", 64), "- manifest " + strings.Repeat("0", 64) + "\n  + manifest " + change.New.Manifest + "\n  → look at the change; to take it: mage plugin:add example.com/plain@v1.2.3"},
		{"api: \"1\"", "api: 1-2", "- api 1-2\n  + api 1\n"},
		{"api: \"1\"\n", "api: \"1\"\n    permissions:\n      - privileged\n", "the lock grants plugin \"plain\" the permission privileged, which it does not ask for"},
	} {
		text := strings.Replace(string(good), c.from, c.to, 1)
		write(t, path, text)
		b.quiet()
		_, err := b.Resolve(t.Context(), []string{"plain"})
		isPreflight(t, err, c.says)
		if after, _ := os.ReadFile(path); string(after) != text || len(b.launches) > 0 {
			t.Errorf("%q: the lock was touched, or %v launched", c.to, b.launches)
		}
	}
	write(t, path, string(good))
	b.resolve(t, "plain")
	// Somebody changes the module cache.
	dir, err := b.moduleDir(t.Context(), *change.New)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "extra.go"), "package main\n")
	_, err = b.Resolve(t.Context(), []string{"plain"})
	isPreflight(t, err, "is not the one in the lock", "go clean -modcache")
	typeIn(t, b.Root, b.Environ, "go clean -modcache")
	b.resolve(t, "plain")
}

func TestABinaryRunsOnlyWithItsSum(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.add(t, "plain")
	built := b.resolve(t, "plain")[0].Binary
	if err := os.RemoveAll(filepath.Join(b.Root, "plugins/plain")); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(built)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(b.Root, "tools", "plain")
	write(t, file, "")
	swap(t, file, string(data))
	source, err := b.ParseSource("./tools/plain")
	if err != nil {
		t.Fatal(err)
	}
	change, err := b.Add(t.Context(), source)
	if err != nil || change.New.Source != "tools/plain" || change.New.Version != "1.2.3" || b.Apply(t.Context(), change) != nil {
		t.Fatalf("%+v, %v", change, err)
	}
	b.quiet()
	b.resolve(t, "plain")
	if len(b.commands)+len(b.launches) > 0 {
		t.Errorf("a known binary ran go %v, launched %v", b.commands, b.launches)
	}
	swap(t, file, "#!/bin/sh\ntouch "+b.Root+"/ran\n")
	_, err = b.Resolve(t.Context(), []string{"plain"})
	isPreflight(t, err, `the binary of plugin "plain" is not the one in the lock`, "lock sha256 "+change.New.SHA256[runtime.GOOS+"/"+runtime.GOARCH], "mage plugin:add tools/plain")
	if _, err := os.Stat(filepath.Join(b.Root, "ran")); err == nil || len(b.launches) > 0 {
		t.Error("it ran")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	_, err = b.Resolve(t.Context(), []string{"plain"})
	isPreflight(t, err, `the binary of plugin "plain" is missing: tools/plain`)
	lock, err := b.ReadLock()
	if err != nil {
		t.Fatal(err)
	}
	lock.Plugins[0].SHA256 = map[string]string{"plan9/386": strings.Repeat("0", 64)}
	if err := b.WriteLock(lock); err != nil {
		t.Fatal(err)
	}
	_, err = b.Resolve(t.Context(), []string{"plain"})
	isPreflight(t, err, "has no binary for "+runtime.GOOS+"/"+runtime.GOARCH+" in the lock")
}

// binary is the plugin plain as a file of somebody else.
func (b *bench) binary(t *testing.T) AddSource {
	t.Helper()
	b.add(t, "plain")
	return b.moved(t)
}

// moved makes a file of somebody else of the plugin plain that is there.
func (b *bench) moved(t *testing.T) AddSource {
	t.Helper()
	data, err := os.ReadFile(b.resolve(t, "plain")[0].Binary)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(b.Root, "tools", "plain")
	write(t, file, "")
	swap(t, file, string(data))
	if err := os.RemoveAll(filepath.Join(b.Root, "plugins/plain")); err != nil {
		t.Fatal(err)
	}
	return AddSource{Path: "tools/plain"}
}

func TestAVariableThatIsNotItsOwnIsShownAndGrantedByName(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Standing = func(_, variable string) Standing {
		return Standing{Taken: variable == "PLAIN_PASSWORD", Secret: variable == "PLAIN_MODE", Shell: variable == "PLAIN_PORT"}
	}
	source := b.binary(t)
	change, err := b.Add(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Join(change.Lines(), "\n")
	for _, want := range []string{
		"  reads PLAIN_PASSWORD (secret of this repository), which is not granted: -grant=variable:PLAIN_PASSWORD",
		"  reads PLAIN_PORT (of your shell), which is not granted: -grant=variable:PLAIN_PORT",
		"  it is given the secret PLAIN_MODE:", // its own, and marked in the template
	} {
		if !strings.Contains(lines, want) {
			t.Errorf("no %q in\n%s", want, lines)
		}
	}
	if err := b.Apply(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	p := b.resolve(t, "plain")[0]
	if got := p.Withheld(); !slices.Equal(got, []string{"PLAIN_PORT", "PLAIN_PASSWORD"}) || len(p.Reads()) != 1 || !p.Reads()[0].Secret {
		t.Errorf("it is not given %q, and reads %+v", got, p.Reads())
	}
	p.Granted = append(p.Granted, "cap:NET_ADMIN", "publish:*")
	_, _, err = b.Render(t.Context(), p, "p", nil)
	isPreflight(t, err, "services.plain.ports[0] needs the permission variable:PLAIN_PORT", "→ if it may: mage plugin:add tools/plain -grant=variable:PLAIN_PORT")
	// What the hint says is what helps, and what was granted before stays so.
	source.Grant = []string{"variable:PLAIN_PORT", "variable:PLAIN_PASSWORD"}
	if change, err = b.Add(t.Context(), source); err != nil || b.Apply(t.Context(), change) != nil {
		t.Fatal(err)
	}
	source.Grant = nil
	if change, err = b.Add(t.Context(), source); err != nil || len(change.New.Permissions) != 2 || strings.Contains(strings.Join(change.Lines(), "\n"), "not granted: -grant=variable") {
		t.Errorf("%v: %+v", err, change)
	}
	p = b.resolve(t, "plain")[0]
	if len(p.Withheld()) > 0 || len(p.Reads()) != 3 {
		t.Errorf("it is not given %q", p.Withheld())
	}
}

func TestWhatAPluginBringsIsShownAndOnAnUpgradeWhatIsNew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	source := b.binary(t)
	change, err := b.Add(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	first := []string{"service plain: lab/plain:1", "port 127.0.0.1:9000/tcp of plain", "hook post_ready: ", "command plain:env", "command plain:end",
		"variable PLAIN_PORT=9000", "variable PLAIN_MODE=calm", "variable PLAIN_PASSWORD (secret)"}
	if got := change.New.Brings; !slices.Equal(got, first) {
		t.Errorf("it brings %q", got)
	}
	if lines := strings.Join(change.Lines(), "\n"); !strings.Contains(lines, "+ "+strings.Join(first, "\n+ ")) || strings.Contains(lines, "\n- ") {
		t.Errorf("shown is\n%s", lines)
	}
	if err := b.Apply(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	lock, err := b.ReadLock()
	if err != nil || !slices.Equal(lock.Plugins[0].Brings, first) {
		t.Fatalf("%v: %+v", err, lock)
	}
	// The next version has another image and a command more, and one less.
	if err := os.Remove(filepath.Join(b.Root, filepath.FromSlash(LockFile))); err != nil {
		t.Fatal(err)
	}
	b.add(t, "plain")
	main := filepath.Join(b.Root, "plugins/plain/main.go")
	text, err := os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	write(t, main, strings.NewReplacer("lab/plain:1", "lab/plain:2", `{Name: "end", Run: end}`, `{Name: "stop", Run: end, Flags: []sdk.Flag{{Name: "now", Type: sdk.Bool, Default: "false"}}}`).Replace(string(text)))
	source = b.moved(t)
	if err := b.WriteLock(lock); err != nil {
		t.Fatal(err)
	}
	if change, err = b.Add(t.Context(), source); err != nil {
		t.Fatal(err)
	}
	want := []string{"- service plain: lab/plain:1", "- command plain:end", "+ service plain: lab/plain:2", "+ command plain:stop [-now]"}
	var got []string
	for _, line := range change.Lines() {
		if strings.Contains(line, " service ") || strings.Contains(line, " command ") || strings.Contains(line, " variable PLAIN_") || strings.Contains(line, " port ") {
			got = append(got, line)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

func TestWhatCannotBeAddedSaysWhy(t *testing.T) {
	t.Parallel()
	h := &Host{Root: t.TempDir(), Cache: t.TempDir()}
	for _, text := range []string{"example.com/x", "-flag", "./not/there", "", "example.com/x@", "\x1b[2J@v1"} {
		if s, err := h.ParseSource(text); err == nil {
			t.Errorf("%q was read as %+v", text, s)
		} else if strings.ContainsFunc(strings.ReplaceAll(err.Error(), "\n", ""), manifest.IsControl) || !strings.Contains(err.Error(), "→") {
			t.Errorf("%q: %q", text, err)
		}
	}
	b := newBench(t)
	b.publishPlain(t, newProxy(t, b), "v1.2.3")
	_, err := b.Add(t.Context(), AddSource{Module: "example.com/nobody", Version: "v1.0.0"})
	isPreflight(t, err, "the module example.com/nobody@v1.0.0 cannot be had")
	_, err = b.Add(t.Context(), AddSource{Module: "example.com/plain", Version: "v1.0.0"})
	isPreflight(t, err, "go list -m -versions example.com/plain")
	if out := typeIn(t, b.Root, b.Environ, "go list -m -versions example.com/plain"); !strings.Contains(out, "v1.2.3") {
		t.Errorf("what is told to be typed says %s", out)
	}
	m := testManifest("cap:NET_ADMIN")
	err = (&Locked{}).grant([]string{"privileged"}, m, m.Permissions)
	if err == nil || !strings.Contains(err.Error(), "it asks for: cap:NET_ADMIN") {
		t.Errorf("got %v", err)
	}
}
