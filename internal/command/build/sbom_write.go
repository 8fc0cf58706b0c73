package build

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// save writes a document whole or not at all, and leaves it out of -json.
func (i *inventory) save(b *bill) error {
	path := i.o.Out
	if !filepath.IsAbs(path) {
		path = filepath.Join(i.Run.Dir, path)
	}
	if !isFile(path) {
		name := b.Name
		if b.Platform != "" {
			name += "-" + strings.ReplaceAll(b.Platform, "/", "_")
		}
		path = filepath.Join(path, name+".spdx.json")
	}
	if err := replaceFile(path, b.Document); err != nil {
		return failure.New(failure.Preflight, "write SPDX document %q: %w", i.Project.Short(path), err).WithHint("choose another -out")
	}
	b.File, b.Document = i.Project.Short(path), nil
	return nil
}

// replaceFile writes a file beside the one that it takes the place of.
func replaceFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone where it was renamed
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}

// tellSources writes a line for each document, beside the documents.
func (i *inventory) tellSources(list []bill) error {
	for _, b := range list {
		line := fmt.Sprintf("%s: %d packages from %s", strings.TrimSpace(b.Image+" "+b.Platform), b.Packages, b.Source)
		if b.File != "" {
			line += ", in " + b.File
		}
		if _, err := fmt.Fprintln(i.Run.Err, line); err != nil {
			return err
		}
	}
	return nil
}
