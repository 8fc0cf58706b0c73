#!/usr/bin/env bash
# go-containerregistry: its registry with blobs on disk holds an upload in memory, and does not give the rest of a blob.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >main.go <<'GO'
package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"runtime"

	"github.com/google/go-containerregistry/pkg/registry"
)

const size = 256 << 20

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func do(method, url string, body io.Reader, header ...string) *http.Response {
	r := must(http.NewRequest(method, url, body))
	if len(header) > 0 {
		r.Header.Set(header[0], header[1])
	}
	return must(http.DefaultClient.Do(r))
}

// held is what stays after a collection of garbage, in layers.
func held() string {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > size {
		return "a layer or more in memory"
	}
	return "less than a layer in memory"
}

func main() {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0)), registry.WithBlobHandler(registry.NewDiskBlobHandler("blobs"))))
	sum := sha256.New()
	place := server.URL + do("POST", server.URL+"/v2/app/blobs/uploads/", nil).Header.Get("Location")
	fmt.Println("PATCH", do("PATCH", place, io.TeeReader(io.LimitReader(rand.New(rand.NewSource(1)), size), sum)).Status+",", held())
	digest := fmt.Sprintf("sha256:%x", sum.Sum(nil))
	fmt.Println("PUT", do("PUT", place+"?digest="+digest, nil).Status+",", held())
	for _, part := range []string{"bytes=1000-1999", "bytes=1000-"} {
		answer := do("GET", server.URL+"/v2/app/blobs/"+digest, nil, "Range", part)
		fmt.Println("GET", part+",", answer.Status)
		answer.Body.Close()
	}
}
GO
mkdir blobs

go_build github.com/google/go-containerregistry@v0.22.1
guess "with NewDiskBlobHandler a layer goes to disk as it comes, and an engine whose pull broke off gets the rest of it"
seen "a layer of 256 MiB, pushed as Docker's engine does it (POST, PATCH, PUT) and asked for in parts" 'PATCH 202 Accepted, a layer or more in memory
PUT 201 Created, less than a layer in memory
GET bytes=1000-1999, 206 Partial Content
GET bytes=1000-, 416 Requested Range Not Satisfiable' "$(./program)"
matters "a registry within a tool takes four times the largest layer at its peak (2.1 GB for 512 MB), for one push at a time, as it holds
          a lock over the transfer; and a pull whose connection broke, which asks with bytes=N-, begins that layer again"
