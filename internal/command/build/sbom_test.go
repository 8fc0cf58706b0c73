package build

import (
	"archive/tar"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/buildlog"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
)

func archive(t *testing.T, mode int64, pairs ...string) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: pairs[i], Mode: mode, Size: int64(len(pairs[i+1])), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(pairs[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestTheAttestationsOfEachPlatformAreReadAndNoOtherFile(t *testing.T) {
	list, err := attestations(archive(t, 0o644, "bin/tool", "x", "sbom.spdx.json", "one", "linux_arm64_v8/sbom.spdx.json", "two",
		"linux_amd64/sbom-build.spdx.json", "three", "usr/share/sbom.spdx.json", "theirs", "linux_amd64/provenance.json", "{}"))
	var got strings.Builder
	for _, a := range list {
		fmt.Fprintf(&got, "%s=%s ", a.platform, a.statement)
	}
	if want := "=one linux/arm64/v8=two linux/amd64-build=three "; err != nil || got.String() != want {
		t.Errorf("got %q, %v", got.String(), err)
	}
}

func TestAnArchiveThatBreaksOffIsAnError(t *testing.T) {
	whole := archive(t, 0o755, "sbom.spdx.json", strings.Repeat("x", 5000), "program", "\x7fELF"+strings.Repeat("x", 5000))
	for _, n := range []int{600, 6500, 9000} {
		if _, err := attestations(bytes.NewReader(whole.Bytes()[:n])); err == nil {
			t.Errorf("after %d bytes: no error", n)
		}
	}
}

func TestTheDocumentOfAnAttestationIsItsPredicate(t *testing.T) {
	got, err := predicate([]byte(`{"predicateType":"https://spdx.dev/Document","predicate":{"spdxVersion":"SPDX-2.3","theirs":[1]}}`))
	if want := "{\n  \"spdxVersion\": \"SPDX-2.3\",\n  \"theirs\": [\n    1\n  ]\n}\n"; err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	for _, text := range []string{"", "{}", `{"predicateType":"https://slsa.dev/provenance/v1","predicate":{}}`} {
		if got, err := predicate([]byte(text)); err == nil {
			t.Errorf("%s: got %s", text, got)
		}
	}
}

func TestOnlyAnSPDXDocumentIsOne(t *testing.T) {
	if n, err := countPackages([]byte(`{"spdxVersion":"SPDX-2.3","packages":[{"name":"a"},{"name":"b"}]}`)); n != 2 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	for _, text := range []string{"", "usage: syft", "{}", `{"bomFormat":"CycloneDX"}`, `{"spdxVersion":"SPDX-2.3"} and more`} {
		if _, err := countPackages([]byte(text)); err == nil {
			t.Errorf("%q is taken for one", text)
		}
	}
}

func TestABuilderThatCannotAttestIsToldWithTheOtherWay(t *testing.T) {
	err := notAttested(plan.Build{Name: "api", Tags: []string{"team/api:dev"}}, buildlog.New(func(engine.Note) {}), fmt.Errorf("BuildKit attested no software"))
	if failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), "build team/api: no attestation from BuildKit: BuildKit attested no software") || !strings.Contains(err.Error(), "-tool=syft") {
		t.Errorf("got %v", err)
	}
}
