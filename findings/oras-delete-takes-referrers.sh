#!/usr/bin/env bash
# oras-go v2.7: Delete of an image in an OCI layout takes what refers to it too, though that has a tag of its own.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content/oci"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	ctx := context.Background()
	store := must(oci.New(must(os.MkdirTemp(".", ""))))
	pack := func(name string, subject *ocispec.Descriptor, tags ...string) ocispec.Descriptor {
		manifest := must(oras.PackManifest(ctx, store, oras.PackManifestVersion1_1, "application/example", oras.PackManifestOptions{
			Subject: subject, ManifestAnnotations: map[string]string{"name": name}}))
		for _, tag := range tags {
			if err := store.Tag(ctx, manifest, tag); err != nil {
				panic(err)
			}
		}
		return manifest
	}
	show := func(what string) {
		fmt.Print(what, ":")
		_ = store.Tags(ctx, "", func(tags []string) error {
			for _, tag := range tags {
				fmt.Print(" ", tag)
			}
			return nil
		})
		fmt.Println()
	}
	image := pack("image", nil, "1.4.0")
	pack("report", &image, "audit-2026")
	pack("another", nil, "1.5.0")
	show("tags")
	if err := store.Delete(ctx, must(store.Resolve(ctx, "1.4.0"))); err != nil {
		panic(err)
	}
	show("after Delete of what 1.4.0 is")
}
GO

go_build oras.land/oras-go/v2@v2.7.0
guess "as AutoGC says of what it clears away after a Delete: \"Tagged manifests will not be deleted.\""
seen "an image, a report with a tag that refers to it, another image" 'tags: 1.4.0 1.5.0 audit-2026
after Delete of what 1.4.0 is: 1.5.0' "$(./program)"
matters "clearing old images out of a layout deletes the scan or licence report that was kept under a name of its own, without an error;
          AutoGC = false keeps it"
