package workflow

import (
	"archive/tar"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/sbom"
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
		_, attested := attestations(bytes.NewReader(whole.Bytes()[:n]))
		_, listed := goPrograms(bytes.NewReader(whole.Bytes()[:n]))
		if attested == nil || listed == nil {
			t.Errorf("after %d bytes: %v, %v", n, attested, listed)
		}
	}
}

func TestWhatIsNoGoProgramIsPassedOver(t *testing.T) {
	list, err := goPrograms(archive(t, 0o755, "run.sh", "#!/bin/sh\n", "a", "", "native", "\x7fELF and more", "setup.exe", "MZ and more"))
	if err != nil || len(list) > 0 {
		t.Errorf("got %v, %v", list, err)
	}
}

func TestAProgramTakesThePlaceOfItsModulesManifest(t *testing.T) {
	manifests := []sbom.Manifest{{Ecosystem: sbom.Go, Name: "a"}, {Ecosystem: sbom.Go, Name: "b"}, {Ecosystem: sbom.NPM, Name: "a"}}
	var got []string
	for _, m := range instead(manifests, []sbom.Manifest{{Ecosystem: sbom.Go, Name: "a", Origin: "program"}}) {
		got = append(got, string(m.Ecosystem)+" "+m.Name+" "+m.Origin)
	}
	if text := strings.Join(got, ", "); text != "golang b , npm a , golang a program" {
		t.Errorf("got %s", text)
	}
}

func TestABuilderThatCannotAttestIsToldWithTheOtherWay(t *testing.T) {
	err := notAttested(plan.Build{Name: "api", Tags: []string{"team/api:dev"}}, docker.NewBuildLog(func(engine.Note) {}), fmt.Errorf("BuildKit attested no software"))
	if failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), "build team/api: no attestation from BuildKit: BuildKit attested no software") || !strings.Contains(err.Error(), "-manifests") {
		t.Errorf("got %v", err)
	}
}
