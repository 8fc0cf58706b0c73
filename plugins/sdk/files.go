package sdk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// isDirectory: a backup goes where the host says and nowhere else.
func isDirectory(dir string) error {
	info, err := os.Stat(dir)
	if err == nil && filepath.IsAbs(dir) && info.IsDir() {
		return nil
	}
	return Diagnostic{Code: "NO_DIRECTORY", Path: dir, Summary: fmt.Sprintf("%q is no directory with an absolute path", dir)}
}

// files lists a directory's files with size and sha256, in the order of their
// names. A link or a device is no backup of anything.
func files(ctx context.Context, dir string) ([]*pluginv1.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open directory %q: %w", dir, err)
	}
	defer func() { _ = root.Close() }()
	var list []*pluginv1.File
	err = fs.WalkDir(root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if !entry.Type().IsRegular() {
			return Diagnostic{Code: "NO_FILE", Path: path, Summary: fmt.Sprintf("the backup has %q, which is no file", path)}
		}
		one, err := sum(ctx, root, path)
		list = append(list, one)
		return err
	})
	return list, err
}

func sum(ctx context.Context, root *os.Root, path string) (*pluginv1.File, error) {
	f, err := root.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open file %q: %w", path, err)
	}
	defer func() { _ = f.Close() }()
	hash := sha256.New()
	n, err := io.Copy(hash, endingReader{ctx, f})
	if err != nil {
		return nil, fmt.Errorf("read file %q: %w", path, err)
	}
	return &pluginv1.File{Path: filepath.ToSlash(path), Size: uint64(max(n, 0)), Sha256: hex.EncodeToString(hash.Sum(nil))}, nil
}

// endingReader ends a long copy with its context.
type endingReader struct {
	ctx context.Context
	r   io.Reader
}

// Read reads until the context ends.
func (r endingReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
