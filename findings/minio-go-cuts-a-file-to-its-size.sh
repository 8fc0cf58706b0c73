#!/usr/bin/env bash
# minio-go: `PutObject` of an open file that is longer than the size given stores the beginning, without an error; of any other reader it fails.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
cat >main.go <<'GO'
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	server := httptest.NewServer(gofakes3.New(s3mem.New()).Server())
	defer server.Close()
	c := must(minio.New(strings.TrimPrefix(server.URL, "http://"), &minio.Options{Creds: credentials.NewStaticV4("key", "secret", ""), MaxRetries: 1}))
	must(0, c.MakeBucket(ctx, "backups", minio.MakeBucketOptions{}))
	const content = "hello world"
	must(0, os.WriteFile("log", []byte(content), 0o600))
	put := func(kind string, from io.Reader) {
		info, err := c.PutObject(ctx, "backups", kind, from, 5, minio.PutObjectOptions{})
		stored := "nothing"
		if got, _ := io.ReadAll(must(c.GetObject(ctx, "backups", kind, minio.GetObjectOptions{}))); err == nil {
			stored = fmt.Sprintf("%q, size %d", got, info.Size)
		}
		fmt.Printf("%s: an error %t, stored %s\n", kind, err != nil, stored)
	}
	put("os.File", must(os.Open("log")))
	put("strings.Reader", strings.NewReader(content))
	put("bytes.Buffer", bytes.NewBufferString(content))
}
GO

go_build github.com/minio/minio-go/v7@v7.4.1 github.com/johannesboyne/gofakes3@v1.2.0
guess "a reader that has more than the size is an error, be it a file or not, as net/http has it"
seen "PutObject(…, 5, …) of 11 bytes" 'os.File: an error false, stored "hello", size 5
strings.Reader: an error false, stored "hello", size 5
bytes.Buffer: an error true, stored nothing' "$(./program)"
matters "a file that grew after Stat, such as a log or a dump that is still written, is stored cut off and reported as whole;
          whoever must know compares the sizes after the upload"
