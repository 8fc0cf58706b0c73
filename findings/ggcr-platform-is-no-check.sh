#!/usr/bin/env bash
# go-containerregistry: remote.WithPlatform(linux/amd64) gives an image for arm64, out of an index that it wrote itself, and of a plain image.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >main.go <<'GO'
package main

import (
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	tag := func(version string) name.Reference {
		return must(name.ParseReference(strings.TrimPrefix(server.URL, "http://") + "/app:" + version))
	}
	pull := func(version, platform string) {
		image, err := remote.Image(tag(version), remote.WithPlatform(*must(v1.ParsePlatform(platform))))
		if err != nil {
			_, reason, _ := strings.Cut(err.Error(), "no child")
			fmt.Printf("%s, WithPlatform(%s): no child%s\n", version, platform, strings.Split(reason, " in index")[0])
			return
		}
		fmt.Printf("%s, WithPlatform(%s): an image for %s\n", version, platform, must(image.ConfigFile()).Platform())
	}

	image := must(random.Image(100, 1))
	config := must(image.ConfigFile()).DeepCopy()
	config.OS, config.Architecture = "linux", "arm64"
	image = must(mutate.ConfigFile(image, config))
	index := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: image})
	if err := remote.WriteIndex(tag("index"), index); err != nil {
		panic(err)
	}
	if err := remote.Write(tag("plain"), image); err != nil {
		panic(err)
	}
	fmt.Println("platform in the index:", must(index.IndexManifest()).Manifests[0].Platform)
	for _, platform := range []string{"linux/arm64", "linux/amd64"} {
		pull("index", platform)
	}
	pull("plain", "linux/amd64")
}
GO

go_build github.com/google/go-containerregistry@v0.22.1
guess "AppendManifests takes the platform from the image; WithPlatform gives an image for that platform, or an error"
seen "an image whose configuration says linux/arm64, in an index and alone" 'platform in the index: <nil>
index, WithPlatform(linux/arm64): no child with platform linux/arm64
index, WithPlatform(linux/amd64): an image for linux/arm64
plain, WithPlatform(linux/amd64): an image for linux/arm64' "$(./program)"
matters "a deployment that asks for the server's platform and gets no error sends an image that ends there with 'exec format error';
          what decides is the platform in the image's configuration, and a written index needs it said for each image"
