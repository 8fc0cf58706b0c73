package sbom_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/sbom"
)

type file struct {
	name, text string
	mode       int64
}

func archive(t *testing.T, files ...file) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.text)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

// program is one of Linux, which images hold.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	cmd := exec.Command("go", "build", "-o", path, "./testdata/program")
	cmd.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestTheModulesOfAllGoProgramsAreListedOnce(t *testing.T) {
	text := program(t)
	list, err := sbom.Modules(archive(t, file{"bin/a", text, 0o755}, file{"etc/motd", "hello", 0o644}, file{"bin/sh", "#!/bin/sh\n", 0o755},
		file{"bin/x", "x", 0o755}, file{"bin/other", "\x7fELF of another language", 0o755}, file{"usr/b", text, 0o755}))
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(list, sbom.Module{Path: "stdlib", Version: runtime.Version()})
	if at < 0 || slices.Contains(list[at+1:], list[at]) {
		t.Errorf("got %v", list)
	}
	if list, err := sbom.Modules(archive(t, file{"lib/a", text, 0o644})); err != nil || len(list) != 0 {
		t.Errorf("what nobody can run: %v, %v", list, err)
	}
	for _, n := range []int{1000, 3 << 10, len(text)} {
		if _, err := sbom.Modules(bytes.NewReader(archive(t, file{"bin/a", text, 0o755}).Bytes()[:n])); err == nil {
			t.Errorf("of %d bytes: no error", n)
		}
	}
}

func TestTheDocumentIsSPDXWithAPackageForEachModule(t *testing.T) {
	list := []sbom.Module{{Path: "example.com/a", Version: "v1.2.3"}, {Path: "example.com/b", Version: "(devel)"}}
	data, err := sbom.SPDX("team/api:1", list, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		SPDXVersion   string
		CreationInfo  struct{ Created string }
		Packages      []struct{ SPDXID, Name, VersionInfo string }
		Relationships []struct{ RelatedSpdxElement string }
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.SPDXVersion != "SPDX-2.3" || doc.CreationInfo.Created != "1970-01-01T00:00:00Z" || len(doc.Packages) != 3 || doc.Packages[0].Name != "team/api:1" ||
		doc.Packages[1].VersionInfo != "v1.2.3" || doc.Packages[2].VersionInfo != "" {
		t.Errorf("got %+v", doc)
	}
	for i, p := range doc.Packages {
		if doc.Relationships[i].RelatedSpdxElement != p.SPDXID {
			t.Errorf("nothing leads to %s", p.SPDXID)
		}
	}
	if text := string(data); !strings.Contains(text, `"pkg:golang/example.com/a@v1.2.3"`) || !strings.Contains(text, `"pkg:golang/example.com/b"`) {
		t.Errorf("got %s", text)
	}
}
