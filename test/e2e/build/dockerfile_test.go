package build_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	imageref "github.com/distribution/reference"

	"github.com/infinitescribe/spellbook/internal/dockerfile"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// tricky Dockerfiles, P being the prefix of the images a to h that are there.
// Only what the engine's BuildKit (v0.8 in 20.10) knows: no heredocs.
var tricky = []struct {
	name, text string
	targets    []string
	args       map[string]string
	refused    string // what a newer BuildKit may say instead of building it
}{
	{name: "stages that the target does not need are left out", targets: []string{"", "two", "one"}, text: `ARG P
FROM ${P}a AS one
COPY f /
FROM ${P}b:latest AS unneeded
COPY --from=${X}e / /
FROM one AS two
COPY --from=PREFIXc /etc/hostname /c
FROM scratch
COPY --from=TWO /f /
COPY --from=0 /f /g
`},
	{name: "arguments refer to others", targets: []string{""}, args: map[string]string{"LETTER": "d"}, text: `ARG P
ARG LETTER=a
ARG UNSET
ARG IMAGE=${P}${LETTER}${UNSET}
ARG LETTER=b
from --platform=$BUILDPLATFORM ${IMAGE:-nothing} as Base
ARG IMAGE=PREFIXe
FROM ${UNSET:-base}
copy --from=base /f /g
`},
	{name: "escape, continuation, byte order mark, Windows lines", targets: []string{""}, text: "\ufeff# escape=`\r\n\r\nARG P\r\nFROM `\r\n # comment\r\n ${P}e `\r\n AS x\r\nCOPY --from=PREFIXf `\r\n  /f `\r\n  /g\r\n"},
	{name: "the last stage of a name, and one that comes later", targets: []string{"", "early"}, refused: `cannot copy from stage "x", it needs to be defined before`, text: `FROM PREFIXa AS x
FROM x AS early
FROM PREFIXb
COPY --from=x /f /g
FROM PREFIXc AS x
FROM scratch
COPY --from=2 /g /g
`},
	{name: "a mount's image, and triggers", targets: []string{""}, text: `ARG P
FROM ${P}g AS parent
ONBUILD COPY --chown=1:1 f /onbuild
FROM parent AS child
FROM scratch AS again
COPY --from=parent /f /
FROM lab/base:bookworm AS again
RUN --mount=from=PREFIXh,target=/h --mount=type=bind,from=child,target=/child test -e /h/f
`},
}

// The engine's own record of which images it looked at is the reference.
func TestTheBasesAreThoseThatTheEngineLooksAt(t *testing.T) {
	t.Parallel()
	prefix := smallImages(t, "abcdefgh")
	for _, c := range tricky {
		dir := t.TempDir()
		text := strings.ReplaceAll(strings.ReplaceAll(c.text, "PREFIX", prefix), "--from=${X}", "--from="+prefix)
		for name, content := range map[string]string{"Dockerfile": text, "f": "f"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		args := map[string]string{"P": prefix}
		for name, value := range c.args {
			args[name] = value
		}
		f, err := dockerfile.Parse("Dockerfile", []byte(text))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		for _, target := range c.targets {
			looked := lookedAt(t, dir, target, args, c.refused)
			if looked == nil {
				continue // refused
			}
			bases, err := f.Bases(dockerfile.Options{Target: target, Args: args, Host: "linux/amd64"})
			var refs []string
			for _, b := range bases {
				refs = append(refs, b.Ref)
			}
			if err != nil || len(refs) == 0 || !slices.Equal(refs, looked) {
				t.Errorf("%s, target %q: got %q, the engine looked at %q (%v)", c.name, target, refs, looked, err)
			}
		}
	}
}

// What we refuse, the engine refuses. A file without FROM must never be among
// these: BuildKit v0.8 panics at it, and the whole engine ends.
func TestADockerfileThatIsRefusedIsRefusedByTheEngine(t *testing.T) {
	t.Parallel()
	prefix := smallImages(t, "ab")
	for _, text := range []string{
		"FROM $BASE\n", "FROM PREFIXa\nARG BASE=b\nFROM $BASE\n", "FROM PREFIXa:${V}\n", "FROM PREFIXa\nCOPY --from=$B /f /g\n",
		"FROM PREFIXa\nCOPY --from=0 /f /g\n", "FROM PREFIXa\nCOPY --from=7 /f /g\n", "FROM --platform=$NONE PREFIXa\n", "FROM PREFIXa AS Deps\nFROM Deps\n",
		"FROM PREFIXa\nRUM f\n", "FROM PREFIXa AS x\nFROM x\nCOPY --from=PREFIXa:b:c /f /g\n", "FROM PREFIXa b\n",
	} {
		text = strings.ReplaceAll(text, "PREFIX", prefix)
		f, err := dockerfile.Parse("Dockerfile", []byte(text))
		if err == nil {
			_, err = f.Bases(dockerfile.Options{Host: "linux/amd64"})
		}
		if err == nil {
			t.Errorf("not refused:\n%s", text)
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), "docker", "buildx", "build", "--progress", "plain", "-t", prefix+"built", dir).CombinedOutput(); err == nil {
			stacktest.Docker(t, "rmi", prefix+"built")
			t.Errorf("the engine builds it:\n%s%s", text, out)
		}
	}
}

// smallImages makes an image of a few bytes for each letter, and gives the
// prefix of their names.
func smallImages(t *testing.T, letters string, instructions ...string) (prefix string) {
	t.Helper()
	id := make([]byte, 4)
	_, _ = rand.Read(id)
	prefix = "sbtest/" + hex.EncodeToString(id) + "-"
	for _, letter := range strings.Split(letters, "") {
		cmd := exec.CommandContext(t.Context(), "docker", "buildx", "build", "-q", "-t", prefix+letter, "-f", "-", t.TempDir())
		cmd.Stdin = strings.NewReader("FROM lab/base:bookworm AS x\nRUN echo " + prefix + letter + " >/f\nFROM scratch\nCOPY --from=x /f /etc/hostname /\nCOPY --from=x /etc/hostname /etc/\n" + strings.Join(instructions, "\n"))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Cleanup(func() { _ = exec.Command("docker", "rmi", prefix+letter).Run() })
	}
	return prefix
}

// lookedAt are the images of which the engine's BuildKit loads the metadata or,
// for COPY and mounts, the files; as Docker prints them, sorted. There are none
// where it refuses the Dockerfile as expected.
func lookedAt(t *testing.T, dir, target string, args map[string]string, refused string) (refs []string) {
	t.Helper()
	built := args["P"] + "built"
	argv := []string{"buildx", "build", "--progress", "rawjson", "--target", target, "--no-cache", "-t", built}
	for name, value := range args {
		argv = append(argv, "--build-arg", name+"="+value)
	}
	out, err := exec.CommandContext(t.Context(), "docker", append(argv, dir)...).CombinedOutput()
	if err != nil && refused != "" && strings.Contains(string(out), refused) {
		return nil
	}
	if err != nil {
		t.Fatalf("target %q: %v\n%s", target, err, out)
	}
	stacktest.Docker(t, "rmi", built)
	for line := range bytes.Lines(out) {
		var status struct {
			Vertexes []struct{ Name string } `json:"vertexes"`
		}
		if json.Unmarshal(line, &status) != nil {
			continue
		}
		for _, v := range status.Vertexes {
			for _, before := range []string{"load metadata for ", "FROM "} {
				if _, ref, found := strings.Cut(v.Name, before); found {
					ref, _, _ = strings.Cut(ref, "@")
					parsed, err := imageref.ParseNormalizedNamed(ref)
					if err != nil {
						t.Fatal(err)
					}
					refs = append(refs, imageref.FamiliarString(imageref.TagNameOnly(parsed)))
				}
			}
		}
	}
	slices.Sort(refs)
	return slices.Compact(refs)
}
