package build_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// inContainerd: the engine keeps its images in containerd, all platforms of each.
func inContainerd(t *testing.T) bool {
	t.Helper()
	able, err := stacktest.EngineClient(t).MultiPlatform(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return able
}

// What only copies is made for a machine that is not there.
func TestAllPlatformsThatAreAskedForAreKeptWhereTheEngineCan(t *testing.T) {
	t.Parallel()
	for name, b := range map[string]builder{"the engine's own builder": ownBuilder(), "another": labBuilder(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keepsPlatforms(t, b)
		})
	}
}

func keepsPlatforms(t *testing.T, b builder) {
	s := newStack(t, "")
	s.Write("  web: {image: \"sbtest/" + s.Name + ":dev\", build: ../app}\n")
	t.Cleanup(s.RemoveImages)
	s.Env = append(s.Env, b.Env...)
	s.File("app/Dockerfile", "FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /arch\n")
	s.File("app/amd64", s.Name+" amd64")
	s.File("app/arm64", s.Name+" arm64")
	both := build.Options{All: true, Platforms: []string{"linux/amd64", "linux/arm64"}}
	if !inContainerd(t) {
		if r := s.build(both); r.Code != failure.Preflight && r.Code != failure.Usage || !strings.Contains(r.All(), "-push=REGISTRY") {
			t.Errorf("exit code %d\n%s", r.Code, r.All())
		}
		return
	}
	first := is(t, s.built(both), report.ImageBuilt, "no image yet")
	for _, arch := range []string{"amd64", "arm64"} {
		id := strings.TrimSpace(stacktest.Docker(t, "create", "--platform", "linux/"+arch, "sbtest/"+s.Name+":dev", "none"))
		to := filepath.Join(t.TempDir(), "arch")
		stacktest.Docker(t, "cp", id+":/arch", to)
		stacktest.Docker(t, "rm", id)
		if text, err := os.ReadFile(to); err != nil || string(text) != s.Name+" "+arch {
			t.Errorf("the image for %s holds %s, %v", arch, text, err)
		}
	}
	is(t, s.built(both), report.ImageExists, "")
	if one := is(t, s.built(build.Options{}), report.ImageBuilt, "platform changed"); one.Key == first.Key {
		t.Error("one platform has the key of both")
	}
}

func TestAnImageHasOneSize(t *testing.T) {
	t.Parallel()
	s := builds(t)
	b := is(t, s.built(build.Options{}), report.ImageBuilt, "")
	r := s.Run(func(ctx context.Context, w *app.Run) error { return build.Images(ctx, w, true) }).Want(t, failure.OK)
	var doc report.Images
	if err := json.Unmarshal([]byte(r.Out), &doc); err != nil {
		t.Fatal(err)
	}
	for _, one := range doc.Images {
		if one.Size != b.Size || one.Size < 1<<20 {
			t.Errorf("%s: %d bytes; when it was built %d", one.Repository, one.Size, b.Size)
		}
	}
	if len(doc.Images) == 0 {
		t.Error("there is no image")
	}
}
