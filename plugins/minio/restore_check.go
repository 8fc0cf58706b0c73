package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync/atomic"
)

// check reads the index, and every file that it names.
func (r *restorer) check(ctx context.Context) (index, error) {
	file, err := r.root.Open(indexName)
	if errors.Is(err, fs.ErrNotExist) {
		return index{}, errors.New("it has no index")
	}
	if err != nil {
		return index{}, err
	}
	defer file.Close() //nolint:errcheck // only read
	x, err := readIndex(file)
	if err != nil {
		return index{}, err
	}
	sizes := map[string]objectRecord{} // by content: what is there once is read once
	for _, o := range x.objects {
		if other, known := sizes[o.SHA256]; known && other.Size != o.Size {
			return index{}, fmt.Errorf("%q and %q have one sha256 and two sizes", other.Key, o.Key)
		}
		sizes[o.SHA256] = o
	}
	var done atomic.Uint64
	return x, each(ctx, slices.Collect(maps.Values(sizes)), func(_ context.Context, o objectRecord) error {
		r.progress("checked "+o.SHA256[:12], done.Add(1), uint64(len(sizes)))
		return checkContent(r.root, o)
	})
}

func checkContent(root *os.Root, o objectRecord) error {
	file, err := root.Open(contentPath(o.SHA256))
	if err != nil {
		return fmt.Errorf("object %q: %w", o.Key, err)
	}
	defer file.Close() //nolint:errcheck // only read
	sum, n, err := sumOf(file)
	if err == nil && (n != o.Size || sum != o.SHA256) {
		err = fmt.Errorf("its file has %d bytes with sha256 %s, not %d with %s", n, sum, o.Size, o.SHA256)
	}
	if err != nil {
		return fmt.Errorf("object %q: %w", o.Key, err)
	}
	return nil
}

func sumOf(content io.Reader) (string, int64, error) {
	sum := sha256.New()
	n, err := io.Copy(sum, content)
	return hex.EncodeToString(sum.Sum(nil)), n, err
}
