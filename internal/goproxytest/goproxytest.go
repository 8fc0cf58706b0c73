// Package goproxytest makes Go module proxies of files for tests: what
// somebody gets who downloads a module that is not published yet. It imports
// golang.org/x/mod, and nothing of ours.
package goproxytest

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/zip"
)

// Proxy is one of files, and a module cache of its own: a version that is
// published here must not stay in the machine's.
type Proxy struct {
	t          testing.TB
	dir, cache string
}

// New is an empty proxy.
func New(t testing.TB) *Proxy {
	t.Helper()
	return &Proxy{t: t, dir: t.TempDir(), cache: t.TempDir()}
}

// Environ makes a go command ask this proxy first, then what the machine's
// module cache has downloaded, then the proxies in after. The checksum
// database is not asked for what is published here.
func (p *Proxy) Environ(after ...string) []string {
	p.t.Helper()
	proxies := append([]string{"file://" + p.dir, "file://" + goEnv(p.t, "GOMODCACHE") + "/cache/download"}, after...)
	return []string{
		"GOPROXY=" + strings.Join(proxies, ","), "GOMODCACHE=" + p.cache, "GOFLAGS=-modcacherw",
		"GONOSUMDB=example.com,github.com/infinitescribe",
	}
}

// Publish makes a directory the one version of a module, by the rules of Go's
// own proxy, and gives its two lines in a go.sum.
func (p *Proxy) Publish(path, version, dir string) string {
	p.t.Helper()
	at := filepath.Join(p.dir, path, "@v", version)
	p.must(os.MkdirAll(filepath.Dir(at), 0o755))
	p.must(os.WriteFile(filepath.Join(filepath.Dir(at), "list"), []byte(version+"\n"), 0o600)) // of one version
	p.must(os.WriteFile(at+".info", []byte(`{"Version":"`+version+`"}`), 0o600))
	goMod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	p.must(err)
	p.must(os.WriteFile(at+".mod", goMod, 0o600))
	out, err := os.Create(at + ".zip")
	p.must(err)
	p.must(zip.CreateFromDir(out, module.Version{Path: path, Version: version}, dir))
	p.must(out.Close())
	whole, err := dirhash.HashZip(at+".zip", dirhash.Hash1)
	p.must(err)
	alone, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) { return os.Open(at + ".mod") })
	p.must(err)
	return path + " " + version + " " + whole + "\n" + path + " " + version + "/go.mod " + alone + "\n"
}

// Release publishes a working tree of Spellbook as a release does: the SDK in
// the version that the root requires, then the root in the same version, with
// the sums of that SDK in its go.sum. Of the tree it takes what Git would.
func (p *Proxy) Release(tree, version string) {
	p.t.Helper()
	const path, sdk = "github.com/infinitescribe/spellbook", "plugins/sdk"
	staged := p.t.TempDir()
	list := exec.CommandContext(p.t.Context(), "git", "ls-files", "-co", "--exclude-standard", "-z")
	list.Dir = tree
	names, err := list.Output()
	p.must(err)
	for name := range strings.SplitSeq(strings.TrimRight(string(names), "\x00"), "\x00") {
		p.copy(filepath.Join(tree, name), filepath.Join(staged, name))
	}
	sums := p.Publish(path+"/"+sdk, version, filepath.Join(staged, sdk))
	known, err := os.ReadFile(filepath.Join(staged, "go.sum"))
	p.must(err)
	var others strings.Builder
	for line := range strings.Lines(string(known)) {
		if !strings.HasPrefix(line, path+"/"+sdk+" ") { // of the release before
			others.WriteString(line)
		}
	}
	p.must(os.WriteFile(filepath.Join(staged, "go.sum"), []byte(others.String()+sums), 0o600))
	p.Publish(path, version, staged)
}

// copy copies a regular file; one that was removed since is none.
func (p *Proxy) copy(from, to string) {
	info, err := os.Lstat(from)
	if os.IsNotExist(err) || err == nil && !info.Mode().IsRegular() {
		return
	}
	p.must(err)
	text, err := os.ReadFile(from)
	p.must(err)
	p.must(os.MkdirAll(filepath.Dir(to), 0o755))
	p.must(os.WriteFile(to, text, 0o600))
}

func (p *Proxy) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// goEnv is a setting of the go command.
func goEnv(t testing.TB, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
