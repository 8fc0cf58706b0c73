package build_test

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// askRegistry runs what ManifestArgv says, as a workflow does.
func askRegistry(ctx context.Context, ref string) (string, error) {
	argv := docker.ManifestArgv(ref)
	out, _ := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
	digest, reason := docker.ManifestDigest(string(out))
	if digest == "" {
		return "", errors.New(reason)
	}
	return digest, nil
}

func TestADigestOfARealRegistryIsThatOfThePush(t *testing.T) {
	t.Parallel()
	prefix := smallImages(t, "ab")
	address, client := stacktest.Registry(t), stacktest.EngineClient(t)
	ref := address + "/sbtest/base:1"
	push := func(image string) (digest string) {
		stacktest.Docker(t, "tag", image, ref)
		out := stacktest.Docker(t, "push", ref) // ends with: 1: digest: sha256:… size: …
		stacktest.Docker(t, "rmi", ref)
		_, digest, _ = strings.Cut(out, "digest: ")
		digest, _, _ = strings.Cut(digest, " ")
		return digest
	}
	o := observe.BaseOptions{Local: true, File: filepath.Join(t.TempDir(), "bases.json"), Now: time.Now, Ask: askRegistry}
	look := func(ref string) observe.BaseDigest {
		found, err := observe.Bases(t.Context(), client, []observe.BaseRef{{Ref: ref}}, o)
		if err != nil || len(found) != 1 {
			t.Fatalf("%v %v", found, err)
		}
		return found[0]
	}
	for _, letter := range []string{"a", "b"} { // the tag moves
		pushed := push(prefix + letter)
		if b := look(ref); b.Digest != pushed || b.Source != observe.BaseRegistry {
			t.Errorf("pushed %s, got %+v", pushed, b)
		}
	}
	id := strings.TrimSpace(stacktest.Docker(t, "inspect", "-f", "{{.Id}}", prefix+"a"))
	stacktest.Docker(t, "tag", prefix+"a", ref)
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", ref).Run() })
	if b := look(ref); b.Digest != id || b.Source != observe.BaseEngine {
		t.Errorf("the engine has %s, got %+v", id, b)
	}
	if b := look(address + "/sbtest/none:1"); b.Err == nil || !strings.Contains(b.Err.Error(), "the registry does not have it") {
		t.Errorf("got %+v", b)
	}
	gone := "127.0.0.1:1/sbtest/base:1"
	if b := look(gone); b.Err == nil || !strings.Contains(b.Err.Error(), "refused") {
		t.Errorf("got %+v", b)
	}
}
