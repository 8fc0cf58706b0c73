package build

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/state"
)

// save writes a document whole or not at all, and leaves it out of -json.
func (i *inventory) save(b *bill) error {
	path := i.Run.CallerPath(i.o.Out)
	if !isFile(path) {
		name := b.Name
		if b.Platform != "" {
			name += "-" + strings.ReplaceAll(b.Platform, "/", "_")
		}
		path = filepath.Join(path, name+".spdx.json")
	}
	err := os.MkdirAll(filepath.Dir(path), 0o755) // it is the user's, as the document is
	if err == nil {
		err = state.WriteMode(path, b.Document, 0o644)
	}
	if err != nil {
		return failure.New(failure.Preflight, "write SPDX document %q: %w", i.Project.Short(path), err).WithHint("choose another -out")
	}
	b.File, b.Document = i.Project.Short(path), nil
	return nil
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
