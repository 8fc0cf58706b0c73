package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/infinitescribe/spellbook/internal/buildcontext"
)

// contextFiles is the size of the context that is measured.
const contextFiles = 20_000

// contexts times the hash of a large context: with its index and without.
func contexts(b *bench) (row, error) {
	dir, err := os.MkdirTemp("", "spellbook-bench-")
	if err != nil {
		return row{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	o := buildcontext.Options{Dir: filepath.Join(dir, "context"), Dockerfile: filepath.Join(dir, "context", "Dockerfile"),
		Index: filepath.Join(dir, "index"), Now: time.Now}
	if err := writeContext(o.Dir); err != nil {
		return row{}, err
	}
	time.Sleep(3 * time.Second) // until the files are older than an index of them
	warm := contextContender(b, "with its index", o, false)
	cold := contextContender(b, "without an index", o, true)
	if err := turns(b.rounds.fast, cold, warm); err != nil {
		return row{}, err
	}
	return row{title: fmt.Sprintf("The key of a context of %d files", contextFiles), sides: sides(warm, cold),
		bounds: []bound{under("unchanged", warm.took.median(), 150*time.Millisecond), under("without an index", cold.took.median(), 2*time.Second)},
		notes:  []string{"In process: 200 directories of 100 files of 1 to 4 KiB, an ignore file of 8 patterns; the files are in the page cache."}}, nil
}

func contextContender(b *bench, name string, o buildcontext.Options, cold bool) *contender {
	return &contender{side: side{name: name, command: "buildcontext.Read and Digest"}, run: func() (outcome, error) {
		if cold {
			if err := os.RemoveAll(o.Index); err != nil {
				return outcome{}, err
			}
		}
		began := time.Now()
		tree, err := buildcontext.Read(b.ctx, o)
		if err == nil && len(tree.Files) < contextFiles {
			err = fmt.Errorf("%d files were read", len(tree.Files))
		}
		_ = tree.Digest()
		return outcome{took: time.Since(began)}, err
	}}
}

func writeContext(dir string) error {
	for d := range 200 {
		sub := filepath.Join(dir, fmt.Sprintf("module%02d", d%20), fmt.Sprintf("package%03d", d))
		if err := os.MkdirAll(sub, 0o755); err != nil {
			return err
		}
		for f := range contextFiles / 200 {
			text := make([]byte, 1024*(1+f%4))
			copy(text, fmt.Sprintf("file %d of directory %d\n", f, d))
			if err := os.WriteFile(filepath.Join(sub, fmt.Sprintf("file%03d.go", f)), text, 0o644); err != nil {
				return err
			}
		}
	}
	ignore := "node_modules/\n.git/\n.env*\n!.env.example\n**/__pycache__/\n**/*.pyc\n.pytest_cache/\n.coverage\n"
	return os.WriteFile(filepath.Join(dir, ".dockerignore"), []byte(ignore), 0o644)
}
