#!/usr/bin/env bash
# oras-go v2.7: Delete in an OCI layout takes every tag of the image, and what refers to it, a tagged one too.
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
	image := pack("image", nil, "1.4.0", "latest")
	pack("report", &image, "audit-2026")
	pack("another", nil, "1.5.0")
	show("tags")
	if err := store.Untag(ctx, "latest"); err != nil {
		panic(err)
	}
	show("after Untag latest")
	if err := store.Delete(ctx, must(store.Resolve(ctx, "1.4.0"))); err != nil {
		panic(err)
	}
	show("after Delete of what 1.4.0 is")
}
GO

go_build oras.land/oras-go/v2@v2.7.0
guess "a manifest with a tag of its own, or with another tag, stays, as in git and in registries that count references"
seen "an image with two tags, a report with a tag that refers to it, another image" 'tags: 1.4.0 1.5.0 audit-2026 latest
after Untag latest: 1.4.0 1.5.0 audit-2026
after Delete of what 1.4.0 is: 1.5.0' "$(./program)"
matters "clearing old images out of a layout deletes the scan or licence report that was kept under a name of its own, without an error;
          AutoDeleteReferrers = false keeps them, Untag and GC take away what has no name"
