package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx"
)

const status = `Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9+deb12u10
Description: GNU C Library
 continued: lines belong to the field above

Package: gone
Status: deinstall ok config-files
Version: 1
`

// root makes a file system with Debian packages and this test, which is a Go program.
func root(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "sbom")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"var/lib/dpkg/status": []byte(status), "usr/bin/program": program, "etc/text": []byte("x")} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// scanned runs the program as BuildKit does, and reads what it wrote.
func scanned(t *testing.T, source, extras, name string) *spdx.Document {
	t.Helper()
	out := t.TempDir()
	env := map[string]string{"BUILDKIT_SCAN_SOURCE": source, "BUILDKIT_SCAN_DESTINATION": out, "BUILDKIT_SCAN_SOURCE_EXTRAS": extras}
	if err := run(func(k string) string { return env[k] }, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(out, name+".spdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s statement
	if err := json.Unmarshal(data, &s); err != nil || s.PredicateType != "https://spdx.dev/Document" {
		t.Fatalf("no statement about an SPDX document: %v\n%s", err, data)
	}
	doc, err := spdxjson.Read(bytes.NewReader(s.Predicate))
	if err != nil {
		t.Fatalf("not SPDX: %v\n%s", err, data)
	}
	return doc
}

func purls(doc *spdx.Document) []string {
	var list []string
	for _, p := range doc.Packages {
		for _, ref := range p.PackageExternalReferences {
			list = append(list, ref.Locator)
		}
	}
	return list
}

func TestInstalledDebianPackagesAndGoModulesAreListed(t *testing.T) {
	t.Parallel()
	found := purls(scanned(t, root(t), "", "sbom"))
	for _, want := range []string{"pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64", "pkg:golang/github.com/spdx/tools-golang@v0.5.7"} {
		if !slices.Contains(found, want) {
			t.Errorf("%s is not in %q", want, found)
		}
	}
	if slices.ContainsFunc(found, func(p string) bool { return p == "pkg:deb/debian/gone@1?arch=" }) {
		t.Errorf("a removed package is listed: %q", found)
	}
}

func TestARootWithoutPackagesHasADocumentAllTheSame(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	if found := purls(scanned(t, empty, filepath.Join(t.TempDir(), "none"), "empty")); len(found) != 0 {
		t.Errorf("found %q in an empty directory", found)
	}
}

func TestExtraSourcesAreDocumentsOfTheirOwn(t *testing.T) {
	t.Parallel()
	extra := root(t)
	if found := purls(scanned(t, t.TempDir(), filepath.Dir(extra), "sbom")); len(found) == 0 {
		t.Error("nothing found in the extra source")
	}
}

func TestWithoutBuildKitItSaysWhoRunsIt(t *testing.T) {
	t.Parallel()
	if err := run(func(string) string { return "" }, time.Unix(1, 0)); err == nil {
		t.Error("no error without a source")
	}
}
