package registry

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	armSum, amdSum, newSum = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
	oneIndex               = "postgres@sha256:1111111111111111111111111111111111111111111111111111111111111111"
	otherIndex             = "postgres@sha256:2222222222222222222222222222222222222222222222222222222222222222"
)

// indexOf lists manifests for arm64 (of that digest) and amd64, and an attestation.
func indexOf(arm string) string {
	one := func(digest, os, arch string) string {
		return `{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":1,"digest":"` + digest + `","platform":{"os":"` + os + `","architecture":"` + arch + `"}}`
	}
	return `{"schemaVersion":2,"manifests":[` + strings.Join([]string{one(newSum, "unknown", "unknown"), one(amdSum, "linux", "amd64"), one(arm, "linux", "arm64")}, ",") + `]}`
}

// world is an engine and the registries that it pulls from.
type world struct {
	digests []string
	has     map[string]string // manifests by reference
	asked   []string
	file    string
	look    bool
}

func (w *world) name(t *testing.T, ref, platform string) (string, error) {
	t.Helper()
	w.asked = nil
	e := Elsewhere{File: w.file, Look: w.look,
		Note: func(err error) {
			if err != nil {
				t.Error(err)
			}
		},
		Digests: func(context.Context, string) ([]string, error) { return w.digests, nil },
		Manifest: func(_ context.Context, ref string) ([]byte, error) {
			w.asked = append(w.asked, ref)
			if text, is := w.has[ref]; is {
				return []byte(text), nil
			}
			return nil, errors.New("the registry does not have " + ref)
		}}
	return e.Name(t.Context(), ref, platform)
}

func (w *world) want(t *testing.T, name string, asked ...string) {
	t.Helper()
	got, err := w.name(t, "postgres:17", "linux/arm64")
	if err != nil || got != name || !slices.Equal(w.asked, asked) {
		t.Errorf("it is %s (%v), %q was asked for; want %s, %q", got, err, w.asked, name, asked)
	}
}

func TestAnotherPlatformsImageIsOfTheVersionThatThisMachineHas(t *testing.T) {
	t.Parallel()
	w := &world{digests: []string{"mirror/postgres@" + amdSum, oneIndex}, file: filepath.Join(t.TempDir(), "p", "platforms.json"), look: true,
		has: map[string]string{oneIndex: indexOf(armSum), otherIndex: indexOf(newSum), "postgres:17": indexOf(newSum)}}
	w.want(t, "postgres@"+armSum, oneIndex)
	w.want(t, "postgres@"+armSum, oneIndex) // who only looks remembers nothing
	w.look = false
	w.want(t, "postgres@"+armSum, oneIndex)
	w.want(t, "postgres@"+armSum)
	w.digests = nil // removed here: what was, goes on
	w.want(t, "postgres@"+armSum)
	w.digests = []string{otherIndex} // pulled anew
	w.want(t, "postgres@"+newSum, otherIndex)
	w.want(t, "postgres@"+newSum)
}

func TestWhereThisMachinesVersionIsOfOnePlatformTheNameIsAskedFor(t *testing.T) {
	t.Parallel()
	const single = `{"schemaVersion":2,"config":{"digest":"` + amdSum + `"},"layers":[]}`
	w := &world{digests: []string{oneIndex}, file: filepath.Join(t.TempDir(), "platforms.json"),
		has: map[string]string{oneIndex: single, "postgres:17": indexOf(armSum)}}
	w.want(t, "postgres@"+armSum, oneIndex, "postgres:17")
	w.digests, w.file, w.has["postgres:17"] = nil, filepath.Join(t.TempDir(), "platforms.json"), single
	w.want(t, "postgres@"+digest([]byte(single)), "postgres:17") // whoever pulls it sees for which it is
	w.has["postgres:17"] = indexOf(armSum)
	w.want(t, "postgres@"+armSum, "postgres:17") // and nobody remembers what was not sure
}

func TestAnImageThatThereIsNotForAPlatformIsToldWithWhatThereIs(t *testing.T) {
	t.Parallel()
	w := &world{file: filepath.Join(t.TempDir(), "platforms.json"), has: map[string]string{"postgres:17": indexOf(armSum)}}
	for ref, says := range map[string]string{"postgres:17": `none for "linux/s390x", but for linux/amd64, linux/arm64`, "none:1": "does not have none:1",
		oneIndex: "does not have " + oneIndex, "NO": "read image name"} {
		if name, err := w.name(t, ref, "linux/s390x"); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %s, %v", ref, name, err)
		}
	}
}
