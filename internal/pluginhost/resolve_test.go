package pluginhost

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestNothingIsLaunchedForAKnownPlugin(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.add(t, "plain")
	first := b.resolve(t, "plain")[0]
	if len(b.launches) != 1 || first.Manifest.Version != "1.2.3" || first.Kind != Project {
		t.Fatalf("launched %v: %+v", b.launches, first)
	}
	if _, _, err := b.Render(t.Context(), first, "p", nil); err != nil {
		t.Fatal(err)
	}
	b.quiet()
	again := b.resolve(t, "plain")[0]
	fragment, _, err := b.Render(t.Context(), again, "p", map[string]string{"UNRELATED": "changes nothing"})
	if err != nil || len(fragment) == 0 || again.Sum != first.Sum {
		t.Errorf("fragment %q, %v; sum %s, first %s", fragment, err, again.Sum, first.Sum)
	}
	known, err := b.Known()
	if err != nil || len(known) != 1 || known[0].Name != "plain" {
		t.Errorf("known %+v, %v", known, err)
	}
	if len(b.commands) > 0 || len(b.launches) > 0 {
		t.Errorf("a known plugin started go %v and launched %v", b.commands, b.launches)
	}
}

func TestAnEditBuildsOnceAndATouchNever(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	dir := b.add(t, "plain")
	first := b.resolve(t, "plain")[0]
	path := filepath.Join(dir, "main.go")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b.quiet()
	write(t, path, string(text))
	write(t, filepath.Join(dir, "main_test.go"), "package main\n")
	write(t, filepath.Join(dir, "README.md"), "# Plain\n")
	if again := b.resolve(t, "plain")[0]; again.Sum != first.Sum || len(b.commands) > 0 {
		t.Errorf("what is no input ran go %v", b.commands)
	}
	write(t, path, strings.Replace(string(text), `"1.2.3"`, `"1.2.4"`, 1))
	if edited := b.resolve(t, "plain")[0]; edited.Manifest.Version != "1.2.4" || !slices.Contains(b.commands, "build") {
		t.Errorf("after an edit: %+v, go %v", edited, b.commands)
	}
	b.quiet()
	write(t, path, string(text))
	if back := b.resolve(t, "plain")[0]; back.Sum != first.Sum || slices.Contains(b.commands, "build") || len(b.launches) > 0 {
		t.Errorf("an edit taken back: go %v, launched %v", b.commands, b.launches)
	}
	// A package that it imports counts, and so does a file that appears in it.
	b.quiet()
	write(t, filepath.Join(b.Root, "plugins/sdk/extra.go"), "package sdk\n\nconst Extra = 1\n")
	if b.resolve(t, "plain"); !slices.Contains(b.commands, "build") {
		t.Errorf("a new file of the SDK ran go %v", b.commands)
	}
}

func TestAChangeOfTheWorkspaceIsSeen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.add(t, "plain")
	b.resolve(t, "plain")
	for _, name := range []string{"go.work", "go.work.sum", "plugins/sdk/go.mod", "plugins/sdk/go.sum"} {
		b.quiet()
		path := filepath.Join(b.Root, name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		write(t, path, string(text)+"\n")
		if b.resolve(t, "plain"); !slices.Contains(b.commands, "build") {
			t.Errorf("after a change of %s: go %v", name, b.commands)
		}
	}
	// So is one of a workspace that the environment names.
	elsewhere := filepath.Join(t.TempDir(), "go.work")
	work, err := os.ReadFile(filepath.Join(b.Root, "go.work"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("\t.\n", "\t"+b.Root+"\n", "./plugins/sdk", b.Root+"/plugins/sdk").Replace(string(work))
	write(t, elsewhere, text)
	b.Environ = append(b.Environ, "GOWORK="+elsewhere)
	b.resolve(t, "plain")
	b.quiet()
	write(t, elsewhere, text+"\n")
	if b.resolve(t, "plain"); !slices.Contains(b.commands, "build") {
		t.Errorf("after a change of GOWORK's file: go %v", b.commands)
	}
}

// Who uses Spellbook's tree in the place of a release may have no workspace, or
// one of his own; the tree's plugins need the tree's.
func TestABuiltInPluginIsBuiltWithTheWorkspaceOfItsTree(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.add(t, "plain")
	b.Module, b.Root = b.Root, t.TempDir()
	theirs := filepath.Join(b.Root, "go.work")
	write(t, theirs, "go 1.26.0\n")
	for _, work := range []string{"off", theirs} {
		b.Environ = append(b.Environ, "GOWORK="+work)
		if p := b.resolve(t, "plain")[0]; p.Kind != BuiltIn {
			t.Errorf("with GOWORK=%s it is %+v", work, p)
		}
	}
}

func TestTwentyAtOnceBuildOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.add(t, "plain")
	var wait sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		wait.Go(func() { _, errs[i] = b.Resolve(t.Context(), []string{"plain"}) })
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	builds := slices.DeleteFunc(b.commands, func(c string) bool { return c != "build" })
	if len(builds) != 1 {
		t.Errorf("%d builds", len(builds))
	}
}

func TestAPluginWithAModuleOfItsOwnIsBuiltWithIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	dir := b.add(t, "plain")
	b.requireSDK(t, dir, "v0.0.0\n\nreplace "+sdkModule+" => ../sdk")
	first := b.resolve(t, "plain")[0]
	b.quiet()
	// The replaced module is on this machine too: its files are inputs.
	write(t, filepath.Join(b.Root, "plugins/sdk/extra.go"), "package sdk\n\nconst Extra = 1\n")
	if b.resolve(t, "plain"); !slices.Contains(b.commands, "build") || first.Manifest.Name != "plain" {
		t.Errorf("a new file of the replaced SDK ran go %v", b.commands)
	}
}

func TestWhatDoesNotBuildIsToldWithTheCompilersWords(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	dir := b.add(t, "plain")
	write(t, filepath.Join(dir, "broken.go"), "package main\n\nfunc broken() { undefinedThing() }\n")
	_, err := b.Resolve(t.Context(), []string{"plain"})
	isPreflight(t, err, `plugin "plain" does not build`, "broken.go:3:17: undefined: undefinedThing", "mend "+dir)
	if len(b.launches) > 0 {
		t.Errorf("launched %v", b.launches)
	}
	if err := os.Remove(filepath.Join(dir, "broken.go")); err != nil {
		t.Fatal(err)
	}
	b.resolve(t, "plain")
}

func TestWithoutGoTheErrorSaysWhatToInstall(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.add(t, "plain")
	b.Environ = []string{"PATH=" + t.TempDir(), "HOME=" + t.TempDir()}
	_, err := b.Resolve(t.Context(), []string{"plain"})
	isPreflight(t, err, "go is not in PATH", "install Go")
}

func TestATamperedBinaryIsNotRun(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.add(t, "plain")
	p := b.resolve(t, "plain")[0]
	b.quiet()
	swap(t, p.Binary, "#!/bin/sh\ntouch "+b.Root+"/ran\n")
	_, err := b.Resolve(t.Context(), []string{"plain"})
	isPreflight(t, err, `the binary of plugin "plain" was changed after it was built`, "was sha256 "+p.Sum, "rm -r "+filepath.Dir(p.Binary))
	// Nor is it by a caller who resolved before the swap.
	s := b.Open()
	defer s.Close()
	_, err = s.Probe(t.Context(), p, Run{}, "plain")
	isPreflight(t, err, "was changed after it was built")
	_, err = os.Stat(filepath.Join(b.Root, "ran"))
	if err == nil || len(b.launches) > 0 || len(b.commands) > 0 {
		t.Errorf("it ran: %v, launched %v, go %v", err, b.launches, b.commands)
	}
	// The hint helps.
	if err := os.RemoveAll(filepath.Dir(p.Binary)); err != nil {
		t.Fatal(err)
	}
	if again := b.resolve(t, "plain")[0]; again.Sum != p.Sum {
		t.Errorf("built again it has the sum %s, not %s", again.Sum, p.Sum)
	}
}

func TestVerifyReadsEveryFileAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.add(t, "plain")
	p := b.resolve(t, "plain")[0]
	// The index is made to vouch for a file that is another: as if its times had lied.
	swap(t, p.Binary, "another file")
	id := owner("plain", filepath.Join(b.Root, "plugins", "plain"))
	i := b.readIndex(id)
	sum := i.Binary.Sum
	i.Binary = look(p.Binary, b.now())
	i.Binary.Sum = sum
	b.writeIndex(id, i)
	b.resolve(t, "plain")
	verdicts, err := b.Verify(t.Context())
	if err != nil || len(verdicts) != 1 {
		t.Fatalf("%+v, %v", verdicts, err)
	}
	isPreflight(t, verdicts[0].Err, "was changed after it was built")
}

// swap puts another file in the place of a binary.
func swap(t *testing.T, path, text string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestAMissingBinaryIsTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.add(t, "plain")
	p := b.resolve(t, "plain")[0]
	if err := os.Remove(p.Binary); err != nil {
		t.Fatal(err)
	}
	_, err := b.Resolve(t.Context(), []string{"plain"})
	isPreflight(t, err, `the binary of plugin "plain" is missing`)
}

func TestAnUnknownNameSaysWhatWasMeant(t *testing.T) {
	t.Parallel()
	h := &Host{Root: t.TempDir(), Cache: t.TempDir()}
	write(t, filepath.Join(h.Root, "plugins/kafka/main.go"), "package main\n")
	write(t, filepath.Join(h.Root, "plugins/sdk/sdk.go"), "package sdk\n")
	_, err := h.Resolve(t.Context(), []string{"kakfa"})
	isPreflight(t, err)
	if want := "unknown plugin \"kakfa\"\n  did you mean \"kafka\"?\n  → mage plugin:list"; err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	for _, name := range []string{"sdk", "../kafka", "\x1b[2J", ""} {
		_, err = h.Resolve(t.Context(), []string{name})
		isPreflight(t, err, "unknown plugin")
	}
	_, err = h.Resolve(t.Context(), []string{"kafka", "kafka"})
	if err == nil || !strings.Contains(err.Error(), "named twice") {
		t.Errorf("got %v", err)
	}
}

func TestOneNameInTwoKindsIsAClash(t *testing.T) {
	t.Parallel()
	root, module := t.TempDir(), t.TempDir()
	for _, dir := range []string{root, module} {
		write(t, filepath.Join(dir, "plugins/kafka/main.go"), "package main\n")
	}
	h := &Host{Root: root, Module: module, Cache: t.TempDir()}
	_, err := h.Resolve(t.Context(), []string{"kafka"})
	isPreflight(t, err)
	want := "two plugins are named \"kafka\"\n  project: " + root + "/plugins/kafka\n  built-in: " + module + "/plugins/kafka\n  → rename " + root + "/plugins/kafka"
	if err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	h.Module = ""
	text, err := Lock{Plugins: []Locked{withName(testLock().Plugins[0], "kafka")}}.Text()
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "plugins/plugins.lock"), string(text))
	_, err = h.Known()
	isPreflight(t, err, "project: ", "module: example.com/spellbook/search@v1.4.0")
	// In Spellbook's own repository a plugin is there once.
	if err := os.Remove(filepath.Join(root, "plugins/plugins.lock")); err != nil {
		t.Fatal(err)
	}
	h.Module = root + "/."
	known, err := h.Known()
	if err != nil || len(known) != 1 || known[0].Kind != BuiltIn {
		t.Errorf("known %+v, %v", known, err)
	}
}

func withName(l Locked, name string) Locked {
	l.Name = name
	return l
}

func TestEachWrongAnswerOfAPluginIsOneClearError(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, c := range []struct{ variant, says string }{
		{"later", `plugin "raw" speaks API 2 to 3, this Spellbook 1`},
		{"escape", `the manifest of plugin "raw" is refused: the text of summary has control characters`},
		{"huge", `the manifest of plugin "raw" is refused: a manifest of 10485`},
		{"other", `plugin "raw" calls itself "kafka"`},
		{"mute", `plugin "raw", describe: `},
		{"dead", `plugin "raw", describe: `},
	} {
		b.raw(t, c.variant)
		_, err := b.Resolve(t.Context(), []string{"raw"})
		isPreflight(t, err, c.says)
	}
	if kept, _ := os.ReadDir(filepath.Join(b.Cache, "manifests")); len(kept) > 0 {
		t.Errorf("kept %v", kept)
	}
	// And a good one after all of them works.
	b.raw(t, "none")
	b.resolve(t, "raw")
}

func TestABrokenManifestInTheCacheIsAskedAnew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.raw(t, "none")
	p := b.resolve(t, "raw")[0]
	path := filepath.Join(b.Cache, "manifests", p.Sum+".json")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v: %v", info, err)
	}
	for _, text := range []string{"", "{", `{"name":"raw","version":"9.9.9"}`} {
		write(t, path, text)
		b.quiet()
		if again := b.resolve(t, "raw")[0]; again.Manifest.Version != "1.0.0" || len(b.launches) != 1 {
			t.Errorf("%q gave %+v after launches %v", text, again.Manifest, b.launches)
		}
	}
}
