package main

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/minio/minio-go/v7/pkg/s3utils"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// place is one side of a mirror: a directory of this machine, or what is in a
// bucket below a prefix. A prefix is "" or ends with a slash.
type place struct {
	directory      string
	bucket, prefix string
}

func (p place) local() bool { return p.directory != "" }

func (p place) String() string {
	if p.local() {
		return p.directory
	}
	return p.bucket + "/" + p.prefix
}

// parsePlace takes what looks like a path for a directory, and BUCKET/PREFIX
// for the rest. A plugin runs in a directory of its own: ./x and ../x are seen
// from where the command was called.
func parsePlace(dir, text string) (place, error) {
	if filepath.IsAbs(text) {
		return place{directory: filepath.Clean(text)}, nil
	}
	if relative := text == "." || text == ".." || strings.HasPrefix(text, "./") || strings.HasPrefix(text, "../"); relative && dir != "" {
		return place{directory: filepath.Join(dir, text)}, nil
	}
	if text == "" || strings.HasPrefix(text, ".") || strings.HasPrefix(text, "~") {
		return place{}, badPlace(fmt.Sprintf("%q is neither a directory nor BUCKET/PREFIX", text))
	}
	bucket, prefix, _ := strings.Cut(text, "/")
	if err := s3utils.CheckValidBucketNameStrict(bucket); err != nil {
		return place{}, badPlace(fmt.Sprintf("bucket %q: %v", bucket, err))
	}
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	return place{bucket: bucket, prefix: prefix}, nil
}

func badPlace(summary string) error {
	return sdk.Diagnostic{Code: "MINIO_PLACE_INVALID", Summary: summary, Hint: "mage minio:mirror ./assets uploads/assets: a directory begins with ./, ../ or /, the rest is BUCKET or BUCKET/PREFIX"}
}

// parsePlaces wants one side here and one in MinIO.
func parsePlaces(dir, source, target string) (from, to place, err error) {
	if from, err = parsePlace(dir, source); err != nil {
		return from, to, err
	}
	if to, err = parsePlace(dir, target); err != nil {
		return from, to, err
	}
	if from.local() == to.local() {
		return from, to, badPlace("one of the two is a directory of this machine, the other a place in MinIO")
	}
	return from, to, nil
}

// placeable says whether an object's name can be that of a file below a
// directory: "../a", "a//b" and "/a" cannot.
func placeable(name string) bool {
	return utf8.ValidString(name) && !strings.ContainsRune(name, 0) &&
		path.Clean(name) == name && filepath.IsLocal(filepath.FromSlash(name)) && name != "."
}
