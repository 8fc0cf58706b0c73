#!/usr/bin/env bash
# go-containerregistry: its registry takes a manifest of layers that it has not, has every blob in every repository, and a deleted digest under its tag.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
cat >main.go <<'GO'
package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func main() {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	host := strings.TrimPrefix(server.URL, "http://")
	status := func(method, path, kind string, body []byte) int {
		request := must(http.NewRequest(method, server.URL+"/v2/"+path, bytes.NewReader(body)))
		request.Header.Set("Content-Type", kind)
		return must(http.DefaultClient.Do(request)).StatusCode
	}
	put := func(path string, image v1.Image) int {
		return status("PUT", path, string(must(image.MediaType())), must(image.RawManifest()))
	}
	fmt.Println("PUT of a manifest whose layers were not pushed:", put("app/manifests/empty", must(random.Image(64, 2))))

	image := must(random.Image(64, 2))
	tag := must(name.NewTag(host + "/app:v1"))
	if err := remote.Write(tag, image); err != nil {
		panic(err)
	}
	layer := must(must(image.Layers())[0].Digest())
	fmt.Println("HEAD of a layer in a repository that nobody pushed to:", status("HEAD", "other/blobs/"+layer.String(), "", nil))
	fmt.Println("PUT there of the image's manifest:", put("other/manifests/v1", image))

	digest := must(image.Digest()).String()
	fmt.Println("DELETE of the digest:", status("DELETE", "app/manifests/"+digest, "", nil))
	fmt.Println("HEAD of the digest, of its tag:", status("HEAD", "app/manifests/"+digest, "", nil), status("HEAD", "app/manifests/v1", "", nil))
}
GO

go_build github.com/google/go-containerregistry@v0.22.1
guess "as Docker's registry: 400 or 404 for blobs that the repository has not, and a deleted digest takes its tags with it"
seen "registry.New" 'PUT of a manifest whose layers were not pushed: 201
HEAD of a layer in a repository that nobody pushed to: 200
PUT there of the image'"'"'s manifest: 201
DELETE of the digest: 202
HEAD of the digest, of its tag: 404 200' "$(./program)"
matters "a test of a push against it passes with the upload of the layers left out, or gone to another repository, and one of a clean-up by digest finds
          its tags still there; pull the image in the test, and try the rest on Docker's registry"
