package kit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// asListed: the file is there, inside the directory, with its size and sha256.
func asListed(dir string, want *pluginv1.File) error {
	if !isName(want.GetPath()) {
		return fmt.Errorf("the backup lists %q: a file is named by its path in the directory, with slashes, as a/b", want.GetPath())
	}
	f, err := os.OpenInRoot(dir, want.GetPath())
	if err != nil {
		return fmt.Errorf("the backup lists %q: %w", want.GetPath(), err)
	}
	defer func() { _ = f.Close() }()
	hash := sha256.New()
	n, err := io.Copy(hash, f)
	if err != nil {
		return fmt.Errorf("read file %q: %w", want.GetPath(), err)
	}
	if sum := hex.EncodeToString(hash.Sum(nil)); sum != want.GetSha256() || n < 0 || uint64(n) != want.GetSize() {
		return fmt.Errorf("the backup lists %q with %d bytes and sha256 %s; it has %d and %s", want.GetPath(), want.GetSize(), want.GetSha256(), n, sum)
	}
	return nil
}

// isName: every host understands the path, and a file has one alone.
func isName(path string) bool {
	return fs.ValidPath(path) && filepath.IsLocal(filepath.FromSlash(path)) && !strings.Contains(path, "\\") &&
		strings.IndexFunc(path, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }) < 0
}

// listsAll: what is there is listed, and is a file.
func listsAll(dir string, files []*pluginv1.File) error {
	listed := map[string]bool{}
	for _, f := range files {
		listed[f.GetPath()] = true
	}
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read directory of the backup: %w", err)
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || entry.IsDir() {
			return err
		}
		if name = filepath.ToSlash(name); listed[name] && entry.Type().IsRegular() {
			return nil
		}
		return fmt.Errorf("the backup has %q and does not list it as a file", name)
	})
}
