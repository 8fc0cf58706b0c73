package sbom_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/sbom"
)

func TestPackageURLsAreWrittenAsTheirTypesWantThem(t *testing.T) {
	for want, got := range map[string]string{
		"pkg:golang/github.com/burntsushi/toml@v1.5.0":      sbom.URL(sbom.Go, "github.com/BurntSushi/toml", "v1.5.0"),
		"pkg:golang/example.com/x/v2@v2.0.0%2Bincompatible": sbom.URL(sbom.Go, "example.com/x/v2", "v2.0.0+incompatible"),
		"pkg:pypi/typing-extensions@4.1%2Blocal":            sbom.URL(sbom.PyPI, "Typing__.Extensions", "4.1+local"),
		"pkg:npm/%40types/node@22.0.0":                      sbom.URL(sbom.NPM, "@types/node", "22.0.0"),
		"pkg:npm/left-pad":                                  sbom.URL(sbom.NPM, "left-pad", ""),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestARegistryStandsBehindThePackageURLOfAnImage(t *testing.T) {
	doc := sbom.Document(sbom.Image{Repository: "127.0.0.1:5000/team/backend", Key: "k1"}, nil)
	const want = "pkg:docker/team/backend@k1?repository_url=127.0.0.1:5000"
	if got := doc.Packages[0].PackageExternalReferences[0].Locator; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// compile builds a program of two modules, one of them in another's place.
func compile(t *testing.T) *os.File {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                            "module example.com/scribe\n\ngo 1.26.0\n\nrequire (\n\texample.com/ink v0.3.0\n\texample.com/paper v1.2.0\n)\n\nreplace example.com/ink => example.com/fork v0.3.1\n",
		"main.go":                           "package main\n\nimport (\n\t_ \"example.com/ink\"\n\t_ \"example.com/paper\"\n)\n\nfunc main() {}\n",
		"vendor/modules.txt":                "# example.com/ink v0.3.0 => example.com/fork v0.3.1\n## explicit\nexample.com/ink\n# example.com/paper v1.2.0\n## explicit\nexample.com/paper\n# example.com/ink => example.com/fork v0.3.1\n",
		"vendor/example.com/ink/ink.go":     "package ink\n",
		"vendor/example.com/paper/paper.go": "package paper\n",
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-o", "scribe", ".")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOPROXY=off", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	file, err := os.Open(filepath.Join(dir, "scribe"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func TestAGoProgramTellsItsModulesAndItsStandardLibrary(t *testing.T) {
	m, err := sbom.Program(compile(t), "/backend")
	if err != nil {
		t.Fatal(err)
	}
	want := []sbom.Package{
		{Name: "stdlib", Version: strings.TrimPrefix(runtime.Version(), "go")},
		{Name: "example.com/fork", Version: "v0.3.1", Note: "in place of example.com/ink"},
		{Name: "example.com/paper", Version: "v1.2.0"},
	}
	if m.Name != "example.com/scribe" || m.Origin != "the build information of /backend" || !reflect.DeepEqual(m.Packages, want) {
		t.Errorf("got %+v", m)
	}
}

func TestAScriptIsNoGoProgram(t *testing.T) {
	if _, err := sbom.Program(strings.NewReader("#!/bin/sh\n"), "/run"); err == nil {
		t.Error("a script passed for a Go program")
	}
}

func TestTheDocumentInAnAttestationIsTakenAsItIs(t *testing.T) {
	inner := encoded(t)
	got, err := sbom.Attested([]byte(`{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document","predicate":` + string(inner) + `}`))
	if err != nil || !bytes.Equal(got, inner) {
		t.Errorf("%v\n%s", err, got)
	}
	for _, wrong := range []string{"", "{}", `{"predicateType":"https://slsa.dev/provenance/v1","predicate":{}}`, `{"predicateType":"https://spdx.dev/Document","predicate":{"a":1}}`} {
		if _, err := sbom.Attested([]byte(wrong)); err == nil {
			t.Errorf("%q passed for an attested SPDX document", wrong)
		}
	}
}

// Whatever an attestation holds, there is a document or an error.
func FuzzAnyAttestationIsADocumentOrAnError(f *testing.F) {
	f.Add([]byte(`{"predicateType":"https://spdx.dev/Document","predicate":{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT"}}`))
	f.Add([]byte(`{"predicateType":"https://spdx.dev/Document","predicate":{"spdxVersion":"SPDX-2.2","packages":[{"SPDXID":"SPDXRef-a","hasFiles":["b"]}]}}`))
	f.Fuzz(func(t *testing.T, statement []byte) {
		text, err := sbom.Attested(statement)
		if err == nil && len(text) < 3 {
			t.Errorf("%q gave %q and no error", statement, text)
		}
	})
}
