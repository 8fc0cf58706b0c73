#!/usr/bin/env bash
# Docker's registry 2.8: after a garbage-collect beside a running one, pushes of what was collected succeed and cannot be pulled.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian docker-registry=docker-registry
remove() { kill "$registry"; }
port=$((20000 + RANDOM % 20000))
# The cache is that of the configuration that the package and the image come with.
cat >config.yml <<CONFIG
version: 0.1
log: {level: error}
storage:
  cache: {blobdescriptor: inmemory}
  filesystem: {rootdirectory: $dir/data}
  delete: {enabled: true}
http: {addr: 127.0.0.1:$port}
CONFIG
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/crane"
)

// push REFERENCE pushes one and the same image; delete deletes it by digest; pull reads it with its layers.
func main() {
	reference := os.Args[2]
	var err error
	switch os.Args[1] {
	case "push":
		image, _ := crane.Image(map[string][]byte{"file": []byte("content")})
		err = crane.Push(image, reference)
	case "delete":
		var digest string
		if digest, err = crane.Digest(reference); err == nil {
			err = crane.Delete(strings.TrimSuffix(reference, ":1") + "@" + digest)
		}
	case "pull":
		image, e := crane.Pull(reference)
		if err = e; err == nil {
			err = crane.Save(image, reference, "pulled.tar")
		}
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
GO
serve() {
	docker-registry serve config.yml >log 2>&1 &
	registry=$!
	listening "$port" "$registry"
}
# does WHAT TAG prints whether it succeeds.
does() { if ./program "$1" "127.0.0.1:$port/app:$2" >said; then echo works; else grep -o 'MANIFEST_UNKNOWN\|BLOB_UNKNOWN' said | head -n 1; fi; }

go_build github.com/google/go-containerregistry@v0.22.1
version "docker-registry $(dpkg-query -W -f '${Version}' docker-registry)"
guess "the manual wants the registry read-only or not running, for what is uploaded while garbage is collected: where nothing is, all is well
          afterwards, and what a push needs and is not there is sent again"
serve
seen "push app:1, pull it, delete it" $'works\nworks\nworks' "$(does push 1; does pull 1; does delete 1)"
docker-registry garbage-collect config.yml >collected 2>&1
seen "after garbage-collect: push app:1, pull it" $'works\nMANIFEST_UNKNOWN' "$(does push 1; does pull 1)"
seen "push app:2, the same image, pull it" $'works\nMANIFEST_UNKNOWN' "$(does push 2; does pull 2)"
kill "$registry"
wait "$registry" || true
serve
seen "after a restart: push app:1, pull it" $'works\nworks' "$(does push 1; does pull 1)"
matters "the nightly collection leaves the running registry with a memory of blobs that are gone: it tells pushes that they are there. A pipeline is
          green, and the server's pull fails, until somebody restarts the registry, which mends the next push and not the ones before"
