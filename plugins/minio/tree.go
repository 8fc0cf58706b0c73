package main

import (
	"context"
	"crypto/md5" //nolint:gosec // S3's ETag is an MD5; it is compared, nothing is trusted for it
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/minio/minio-go/v7"
)

// entry is a file or an object, named relative to its place.
type entry struct {
	size     int64
	modified time.Time
	etag     string // "" of a file
}

// tree is what a place holds by name, and the names that the other side cannot
// have.
type tree struct {
	entries map[string]entry
	left    []string
}

// files lists a directory. Links and devices are left out: what a link points
// to may lie anywhere.
func files(ctx context.Context, root *os.Root) (tree, error) {
	found := tree{entries: map[string]entry{}}
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir() || strings.HasPrefix(d.Name(), partial):
			return nil
		case !d.Type().IsRegular() || !utf8.ValidString(name):
			found.left = append(found.left, name)
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // deleted meanwhile
		}
		if err == nil {
			found.entries[name] = entry{size: info.Size(), modified: info.ModTime()}
		}
		return err
	})
	if err != nil {
		return tree{}, fmt.Errorf("list %q: %w", root.Name(), err)
	}
	return found, nil
}

// objects lists what is below a prefix. Empty objects with a slash at the end
// stand for directories, which files bring about by themselves.
func objects(ctx context.Context, client *minio.Client, at place) (tree, error) {
	found := tree{entries: map[string]entry{}}
	for o := range client.ListObjectsIter(ctx, at.bucket, minio.ListObjectsOptions{Prefix: at.prefix, Recursive: true}) {
		name := strings.TrimPrefix(o.Key, at.prefix)
		switch {
		case o.Err != nil:
			return tree{}, fmt.Errorf("list %q: %w", at, o.Err)
		case o.Size == 0 && (name == "" || strings.HasSuffix(name, "/")):
		case !placeable(name):
			found.left = append(found.left, name)
		default:
			found.entries[name] = entry{size: o.Size, modified: o.LastModified, etag: o.ETag}
		}
	}
	return found, nil
}

var plainETag = regexp.MustCompile(`^[0-9a-f]{32}$`)

// same compares a file with an object: by content where the ETag is the MD5 of
// it; the ETag of an object that came in parts is not, and then the copy is
// good while it is not older than what it was made of.
func same(root *os.Root, name string, from, to entry) (bool, error) {
	if from.size != to.size {
		return false, nil
	}
	etag := from.etag + to.etag // one of them is a file
	if !plainETag.MatchString(etag) {
		return !to.modified.Before(from.modified.Truncate(time.Second)), nil
	}
	sum, err := sumMD5(root, name)
	return sum == etag, err
}

func sumMD5(root *os.Root, name string) (string, error) {
	file, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close() //nolint:errcheck // only read
	sum := md5.New()
	_, err = io.Copy(sum, file)
	return hex.EncodeToString(sum.Sum(nil)), err
}
