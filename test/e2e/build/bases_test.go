package build_test

import (
	"bytes"
	"context"
	"io"
	"log"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ggcr "github.com/google/go-containerregistry/pkg/registry"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/registry"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// cli asks a registry as a target does.
type cli struct{}

func (cli) Manifest(ctx context.Context, ref string) ([]byte, error) {
	return answered(ctx, docker.RawManifestArgv(ref))
}

func (cli) PublishedConfig(ctx context.Context, ref, of string) ([]byte, error) {
	return registry.PublishedConfig(ctx, ref, of, "")
}

func answered(ctx context.Context, argv []string) ([]byte, error) {
	var errs bytes.Buffer
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, docker.ManifestError(errs.String(), err)
	}
	return out, nil
}

func askRegistry(ctx context.Context, ref, platform string, _ observe.RegistryImage) (observe.RegistryImage, error) {
	found, err := registry.Find(ctx, cli{}, ref)
	if err != nil {
		return observe.RegistryImage{}, err
	}
	config, err := found.Config(ctx, platform)
	return observe.RegistryImage{Manifest: found.Digest, Content: config.Content, Told: config.Platform != ""}, err
}

// OCI, in whose words buildx tells a configuration, has none for HEALTHCHECK, ONBUILD and SHELL.
func TestAnImageOfARealRegistryIsThatWhichWasPushed(t *testing.T) {
	t.Parallel()
	giving := httptest.NewServer(ggcr.New(ggcr.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(giving.Close)
	for name, address := range map[string]string{"distribution": stacktest.Registry(t), "another": giving.Listener.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			isThatWhichWasPushed(t, address)
		})
	}
}

func isThatWhichWasPushed(t *testing.T, address string) {
	prefix, client := smallImages(t, "ab", "HEALTHCHECK CMD true", "ONBUILD LABEL a=b", `SHELL ["/bin/bash", "-c"]`), stacktest.EngineClient(t)
	ref := address + "/sbtest/base:1"
	push := func(image string) (content string) {
		stacktest.Docker(t, "tag", image, ref)
		stacktest.Docker(t, "push", ref)
		stacktest.Docker(t, "rmi", ref)
		config, _, err := client.ImageConfig(t.Context(), image)
		if err != nil {
			t.Fatal(err)
		}
		return config.Content
	}
	o := observe.BaseOptions{Local: true, Host: "linux/amd64", File: filepath.Join(t.TempDir(), "bases.json"), Now: time.Now, Ask: askRegistry}
	look := func(ref string) observe.BaseDigest {
		found, err := observe.Bases(t.Context(), client, []observe.BaseRef{{Ref: ref}}, o)
		if err != nil || len(found) != 1 {
			t.Fatalf("%v %v", found, err)
		}
		return found[0]
	}
	var pushed string
	for _, letter := range []string{"a", "b"} { // the tag moves
		pushed = push(prefix + letter)
		if b := look(ref); b.Digest != pushed || b.Source != observe.BaseRegistry || b.Err != nil {
			t.Errorf("pushed %s, got %+v", pushed, b)
		}
	}
	stacktest.Docker(t, "tag", prefix+"b", ref)
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", ref).Run() })
	if b := look(ref); b.Digest != pushed || b.Source != observe.BaseEngine {
		t.Errorf("the engine has %s, got %+v", pushed, b)
	}
	if b := look(address + "/sbtest/none:1"); b.Err == nil || !strings.Contains(b.Err.Error(), "the registry does not have it") {
		t.Errorf("got %+v", b)
	}
	gone := "127.0.0.1:1/sbtest/base:1"
	if b := look(gone); b.Err == nil || !strings.Contains(b.Err.Error(), "refused") {
		t.Errorf("got %+v", b)
	}
}
