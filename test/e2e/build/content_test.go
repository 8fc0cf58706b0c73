package build_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
)

// A containerd store gives an image another ID for the attestation of its build, which
// is another each time.
func TestABuildOfUnchangedContentLeavesContainersAlone(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  web: {image: sbtest/SELF:dev, build: {context: ../app}, command: [sleep, "1000"], stop_grace_period: 0s}
  side: {image: lab/service:1}
`)
	t.Cleanup(s.RemoveImages)
	compose := strings.ReplaceAll(s.Read("compose/docker-compose.yml"), "SELF", s.Name)
	s.File("compose/docker-compose.yml", compose)
	s.File("app/Dockerfile", "FROM lab/base:bookworm\nCOPY app.txt .\n")
	s.File("app/app.txt", "app of "+s.Name+"\n")
	up := func() string {
		t.Helper()
		s.Up(infra.UpOptions{}).Want(t, failure.OK)
		return s.IDs()[s.Name+"-web-1"]
	}

	first := s.built(build.Options{}).Builds[0]
	before := up()
	again := s.built(build.Options{Force: true}).Builds[0]
	if again.State != report.ImageBuilt || again.ImageID != first.ImageID {
		t.Errorf("built once more it is %s %s, and was %s", again.State, again.ImageID, first.ImageID)
	}
	same := func(when string) {
		t.Helper()
		if after := up(); after != before {
			t.Errorf("%s the container of web is %q, and was %q", when, after, before)
		}
	}
	same("after a forced build")
	s.Compose("build", "--quiet") // without our labels, so another
	if before = up(); before == "" {
		t.Fatal("web has no container")
	}
	s.Compose("build", "--quiet") // makes the attestation, and on a containerd store takes the image away that the container is of
	same("after docker compose build")
	s.Compose("build", "--quiet")
	s.File("compose/docker-compose.yml", strings.Replace(compose, "lab/service:1}", "lab/service:1, environment: {A: b}}", 1))
	same("with another change")

	s.File("app/app.txt", "another\n")
	s.Compose("build", "--quiet")
	if after := up(); after == before {
		t.Error("another content leaves the container")
	}
}

// What a containerd store can be asked about and does not list, as after a load that
// failed, is not there.
func TestAnImageWithoutItsLayersIsNotThere(t *testing.T) {
	t.Parallel()
	s := newStack(t, "\n  web: {image: lab/service:1}\n")
	ref := "sbtest/" + s.Name + ":broken"
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", "--force", ref).Run() })
	s.loadWithoutLayers(ref)
	if has, err := s.Client.HasImage(t.Context(), ref); err != nil || has {
		t.Errorf("there: %v, %v", has, err)
	}
	if id, _, err := s.Client.ImageID(t.Context(), ref); err != nil || id != "" {
		t.Errorf("its ID is %q, %v", id, err)
	}
	if _, found, err := s.Client.ImageConfig(t.Context(), ref); err != nil || found {
		t.Errorf("it has a configuration: %v, %v", found, err)
	}
	if has, err := s.Client.HasImage(t.Context(), "lab/service:1"); err != nil || !has {
		t.Errorf("lab/service:1 is there: %v, %v", has, err)
	}
}

// loadWithoutLayers has the engine load an image whose only layer is not in the archive.
func (s *stack) loadWithoutLayers(name string) {
	s.T.Helper()
	dir := s.T.TempDir()
	text := func(file, text string) {
		path := filepath.Join(dir, file)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			s.T.Fatal(err)
		}
	}
	blob := func(data string) string {
		digest := fmt.Sprintf("%x", sha256.Sum256([]byte(data)))
		text("blobs/sha256/"+digest, data)
		return digest
	}
	layer := fmt.Sprintf("%x", sha256.Sum256([]byte(name)))
	config := fmt.Sprintf(`{"architecture":%q,"os":"linux","config":{"Cmd":["x"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}`, runtime.GOARCH, layer)
	manifest := fmt.Sprintf(`{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json",
"config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"sha256:%s","size":%d},
"layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar","digest":"sha256:%s","size":1024}]}`, blob(config), len(config), layer)
	text("index.json", fmt.Sprintf(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
{"mediaType":"application/vnd.docker.distribution.manifest.v2+json","digest":"sha256:%s","size":%d,
"annotations":{"io.containerd.image.name":"docker.io/%s","org.opencontainers.image.ref.name":"broken"}}]}`, blob(manifest), len(manifest), name))
	text("oci-layout", `{"imageLayoutVersion":"1.0.0"}`)
	text("manifest.json", fmt.Sprintf(`[{"Config":"blobs/sha256/%s","RepoTags":[%q],"Layers":["blobs/sha256/%s"]}]`, blob(config), name, layer))
	load := exec.CommandContext(s.T.Context(), "sh", "-c", "tar -c . | docker load")
	load.Dir, load.Env = dir, s.Env
	out, err := load.CombinedOutput()
	s.T.Logf("docker load: %v, %s", err, out)
}
