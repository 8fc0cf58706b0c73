package manifest_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/sbom"
	"github.com/infinitescribe/spellbook/internal/sbom/manifest"
)

// files is a file system of name and text pairs.
func files(pairs ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return fsys
}

// text is a manifest, a line for each package.
func text(m sbom.Manifest) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s@%s\n", m.Ecosystem, m.Name, m.Version)
	for _, p := range m.Packages {
		fmt.Fprintf(&b, "%s@%s", p.Name, p.Version)
		for _, s := range p.Sums {
			fmt.Fprintf(&b, " %s=%.6s", s.Algorithm, s.Hex)
		}
		if p.Wanted != "" {
			b.WriteString(" wanted " + p.Wanted)
		}
		if p.Dev {
			b.WriteString(" dev")
		}
		if p.Note != "" {
			b.WriteString(" (" + p.Note + ")")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func expect(t *testing.T, ecosystem sbom.Ecosystem, path string, fsys fs.FS, want string) {
	t.Helper()
	m, err := manifest.Read(fsys, manifest.Found{Ecosystem: ecosystem, Path: path}, "apps")
	if err != nil {
		t.Fatal(err)
	}
	if want = strings.ReplaceAll(strings.TrimSpace(want), "\t", "") + "\n"; text(m) != want {
		t.Errorf("%s: got\n%swant\n%s", path, text(m), want)
	}
	if m.Origin != "apps/"+path {
		t.Errorf("origin %q", m.Origin)
	}
}

func TestGoModNamesModulesWithTheSumsOfGoSum(t *testing.T) {
	expect(t, sbom.Go, "a/go.mod", files("a/go.mod", `module example.com/scribe
		go 1.26
		require (
			example.com/ink v0.3.0
			example.com/paper v1.2.0 // indirect
			example.com/quill v1.0.0
			example.com/seal v1.0.0
		)
		replace example.com/ink v0.3.0 => example.com/fork v0.3.1
		replace example.com/ink => example.com/other v9.0.0
		replace example.com/quill => ../quill`,
		"a/go.sum", `example.com/fork v0.3.1 h1:W5quZX/G/csjUnuI8SUYlsHs9M38FC7znL0lIO+DvMg=
example.com/fork v0.3.1/go.mod h1:AAAAZX/G/csjUnuI8SUYlsHs9M38FC7znL0lIO+DvMg=
example.com/quill v1.0.0 h1:W5quZX/G/csjUnuI8SUYlsHs9M38FC7znL0lIO+DvMg=
example.com/seal v1.0.0 h1:broken`), `golang example.com/scribe@
		example.com/fork@v0.3.1 SHA256=5b9aae (in place of example.com/ink v0.3.0)
		example.com/paper@v1.2.0
		example.com/quill@v1.0.0 (replaced by the directory ../quill)
		example.com/seal@v1.0.0`)
}

func TestRequirementsAreReadWithWhatTheyInclude(t *testing.T) {
	expect(t, sbom.PyPI, "r/requirements.txt", files("r/requirements.txt", `# comment
-r more/base.txt
--requirement=requirements.txt
-c constraints.txt
--index-url https://user:secret@example.com/simple
-e ./local
./wheels/x.whl
https://example.com/y.whl
Flask[async] == 3.0.1 ; python_version > "3.8"  # why
requests>=2,\
  <3
numpy==1.26.* --hash=sha256:0a
six==1.16.0 \
    --hash=sha256:00ab
urllib3===2.0 --hash=sha256:aa --hash=sha256:bb
tool @ git+https://user:secret@example.com/tool.git@v1 ; os_name == "x"
bare`, "r/more/base.txt", "-r ../requirements.txt\r\nattrs (>=22)\r\n"), `pypi @
		Flask@3.0.1
		attrs@ wanted >=22
		bare@
		numpy@ wanted ==1.26.*
		requests@ wanted >=2,   <3
		six@1.16.0 SHA256=00ab
		tool@ (from git+https://example.com/tool.git@v1)
		urllib3@2.0`)
}

func TestPyprojectTellsWhatItAsksFor(t *testing.T) {
	expect(t, sbom.PyPI, "pyproject.toml", files("pyproject.toml", `[project]
name = "scribe"
version = "0.2.0"
dependencies = ["fastapi>=0.110", "uvicorn[standard]==0.29.0; sys_platform != 'win32'"]
[project.optional-dependencies]
dev = ["pytest"]
[dependency-groups]
lint = ["ruff"]`), `pypi scribe@0.2.0
		fastapi@ wanted >=0.110
		uvicorn@0.29.0`)
	expect(t, sbom.PyPI, "pyproject.toml", files("pyproject.toml", `[tool.poetry]
name = "old"
version = "1"
[tool.poetry.dependencies]
python = "^3.11"
a = "^1.2"
b = {version = "2.*", extras = ["x"]}`), `pypi old@1
		a@ wanted ^1.2
		b@ wanted 2.*`)
}

func TestALockOfUVPartsUseFromDevelopment(t *testing.T) {
	expect(t, sbom.PyPI, "uv.lock", files("uv.lock", `version = 1
[[package]]
name = "scribe"
version = "0.2.0"
source = { editable = "." }
dependencies = [{ name = "fastapi" }, { name = "lib" }]
[package.optional-dependencies]
fast = [{ name = "uvloop" }]
[package.dev-dependencies]
dev = [{ name = "pytest" }]
[[package]]
name = "lib"
version = "9"
source = { directory = "lib" }
[[package]]
name = "fastapi"
version = "0.110.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "idna" }, { name = "fastapi" }]
sdist = { url = "x", hash = "sha256:aa" }
wheels = [{ url = "y", hash = "sha256:bb" }]
[[package]]
name = "idna"
version = "3.6"
wheels = [{ url = "y", hash = "sha256:cc00dd11" }]
[[package]]
name = "uvloop"
version = "0.19"
[[package]]
name = "pytest"
version = "8"
dependencies = [{ name = "idna" }]`), `pypi scribe@0.2.0
		fastapi@0.110.0
		idna@3.6 SHA256=cc00dd
		pytest@8 dev
		uvloop@0.19`)
}

func TestALockOfPoetryPartsUseFromDevelopment(t *testing.T) {
	expect(t, sbom.PyPI, "poetry.lock", files("poetry.lock", `[[package]]
name = "a"
version = "1.0"
groups = ["main", "dev"]
files = [{file = "a.whl", hash = "sha256:00ff"}]
[[package]]
name = "b"
version = "2.0"
groups = ["dev"]
[[package]]
name = "c"
version = "3.0"
category = "dev"
[[package]]
name = "d"
version = "4.0"`, "pyproject.toml", "[tool.poetry]\nname = 'scribe'\nversion = '1'"), `pypi scribe@1
		a@1.0 SHA256=00ff
		b@2.0 dev
		c@3.0 dev
		d@4.0`)
}

func TestPackageLocksOfAllVersionsAreRead(t *testing.T) {
	expect(t, sbom.NPM, "package-lock.json", files("package-lock.json", `{"name":"web","version":"1.0.0","lockfileVersion":3,"packages":{
		"":{"name":"web","dependencies":{"a":"^1"}},
		"packages/own":{"version":"0.0.1"},
		"node_modules/own":{"resolved":"packages/own","link":true},
		"node_modules/a":{"version":"1.1.0","integrity":"sha1-AAE= sha512-AP8=","dependencies":{"b":"^2"}},
		"node_modules/a/node_modules/@s/b":{"version":"2.0.0","dev":true},
		"node_modules/@s/b":{"version":"2.0.0"},
		"node_modules/alias":{"name":"real","version":"3.0.0","dev":true}}}`), `npm web@1.0.0
		@s/b@2.0.0
		a@1.1.0 SHA512=00ff
		real@3.0.0 dev`)
	expect(t, sbom.NPM, "package-lock.json", files("package-lock.json", `{"name":"web","lockfileVersion":1,"dependencies":{
		"a":{"version":"1.1.0","requires":{"b":"^2"},"dependencies":{"b":{"version":"2.0.0","dev":true}}},
		"alias":{"version":"npm:@s/real@3.0.0"}}}`), `npm web@
		@s/real@3.0.0
		a@1.1.0
		b@2.0.0 dev`)
}

func TestLocksOfPNPMOfAllVersionsAreRead(t *testing.T) {
	expect(t, sbom.NPM, "w/pnpm-lock.yaml", files("w/pnpm-lock.yaml", `lockfileVersion: '9.0'
packages:
  '@s/a@1.0.0': {resolution: {integrity: sha512-AP8=}}
  /b@2.0.0(@s/a@1.0.0): {dev: true}
  /@s/c/3.0.0_b@2.0.0: {}
  /d/4.0.0: {}`, "w/package.json", `{"name":"web","version":"1.0.0"}`), `npm web@1.0.0
		@s/a@1.0.0 SHA512=00ff
		@s/c@3.0.0
		b@2.0.0 dev
		d@4.0.0`)
}

func TestPackageJSONTellsWhatItAsksFor(t *testing.T) {
	expect(t, sbom.NPM, "package.json", files("package.json", `{"name":"web","dependencies":{"a":"^1","g":"git+https://token@example.com/g.git"},
		"optionalDependencies":{"o":"2"},"devDependencies":{"t":"~3"}}`), `npm web@
		a@ wanted ^1
		g@ wanted git+https://example.com/g.git
		o@ wanted 2
		t@ wanted ~3 dev`)
}

func TestABrokenManifestIsAnErrorThatNamesIt(t *testing.T) {
	for path, c := range map[string]struct{ text, want string }{
		"go.mod":            {"modul x", "go.mod:1"},
		"pyproject.toml":    {"a = ", "line 1: toml: expected value"},
		"uv.lock":           {"[", "line 1"},
		"poetry.lock":       {"[[package]\n", "line 1"},
		"package-lock.json": {"{", "unexpected end"},
		"package.json":      {"[]", "cannot unmarshal"},
		"pnpm-lock.yaml":    {"packages: [", "yaml"},
		"requirements.txt":  {"-r gone.txt", "-r gone.txt is not there"},
	} {
		_, err := manifest.Read(files(path, c.text), manifest.Found{Path: path}, "apps")
		if failure.CodeOf(err) != failure.Preflight || !strings.HasPrefix(fmt.Sprint(err), "read apps/"+path+": ") ||
			!strings.Contains(fmt.Sprint(err), c.want) || !strings.HasSuffix(fmt.Sprint(err), "→ correct apps/"+path) {
			t.Errorf("%s: got %v", path, err)
		}
	}
	if _, err := manifest.Read(files("requirements.txt", "-r ../../etc/x.txt"), manifest.Found{Path: "requirements.txt"}, ""); err == nil || !strings.Contains(err.Error(), "leaves the build context") {
		t.Errorf("a path out of the context: %v", err)
	}
}

// Whatever a manifest holds, there are packages with names or there is an
// error, and packages make a document that refers to nothing that is not there.
func FuzzAnyManifestIsPackagesOrAnError(f *testing.F) {
	names := []string{"go.mod", "uv.lock", "poetry.lock", "requirements.txt", "pyproject.toml", "package-lock.json", "pnpm-lock.yaml", "package.json"}
	f.Add(0, "module x\nrequire a v1.0.0\nreplace a => ./b")
	f.Add(1, "[[package]]\nname='a'\nsource={virtual='.'}\ndependencies=[{name='b'}]\n[[package]]\nname='b'")
	f.Add(3, "a[b]==1 ; x --hash=sha256:aa\n-r requirements.txt\nc @ https://u@d\n")
	f.Add(4, "[project]\ndependencies=['a>1']")
	f.Add(5, `{"packages":{"node_modules/a":{"version":"1","integrity":"sha512-AA=="}}}`)
	f.Add(5, `{"dependencies":{"a":{"version":"npm:b@1","dependencies":{}}}}`)
	f.Add(6, "packages: {/a@1.0.0(b): {resolution: {integrity: sha1-AA==}}}")
	f.Fuzz(func(t *testing.T, kind int, text string) {
		name := names[(kind%len(names)+len(names))%len(names)]
		m, err := manifest.Read(files(name, text), manifest.Found{Ecosystem: sbom.PyPI, Path: name}, "")
		if err != nil {
			return
		}
		data, err := sbom.Encode(sbom.Document(sbom.Image{Repository: "a", Key: "b"}, []sbom.Manifest{m}))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := sbom.Read(data)
		if err == nil {
			err = sbom.Check(doc)
		}
		if err != nil {
			t.Fatalf("%s %q: %v", name, text, err)
		}
	})
}
