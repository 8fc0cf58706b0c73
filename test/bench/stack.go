package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// fixture is the repository that is measured, but for the sources of Mage's
// targets, which are this repository's own.
const fixture = "test/testdata/bench/stack"

// sources are what the targets are built from.
var sources = []string{"go.mod", "go.sum", "go.work", "go.work.sum", "spellbook.go", "magefiles", "internal", "plugins", "scripts/mage"}

// stack is a copy of this repository's sources around the fixture's Compose
// files: an edit of the sources while the benchmark runs changes nothing, and
// the launcher is the real one, in the root of a repository.
type stack struct {
	b       *bench
	dir     string
	env     []string
	mage    string   // plain mage
	binary  string   // what the launcher has built and becomes
	started bool     // containers may be left
	extra   []string // variables of a variant
	lock    *flock.Flock
}

// prepared makes the stack the first time it is asked for.
func (b *bench) prepared() (*stack, error) {
	if b.stack != nil {
		return b.stack, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	work := filepath.Join(cache, "spellbook", "bench")
	if err := os.MkdirAll(work, 0o755); err != nil {
		return nil, err
	}
	s := &stack{b: b, dir: filepath.Join(work, "stack"), mage: filepath.Join(work, "mage"),
		lock: flock.New(filepath.Join(work, "lock"))}
	if got, err := s.lock.TryLock(); err != nil || !got {
		return nil, errors.Join(errors.New("another benchmark is running"), err)
	}
	s.env = append(environment(os.Environ()), "SPELLBOOK_CACHE="+filepath.Join(work, "cache"))
	if err := errors.Join(s.copy(work), s.compile()); err != nil {
		return nil, err
	}
	b.stack = s
	return s, s.down()
}

// environment leaves out what would change the stack or the launcher.
func environment(all []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(v string) bool {
		for _, prefix := range []string{"COMPOSE_", "SPELLBOOK_", "MAGEFILE_", "MILVUS_INTERVAL="} {
			if strings.HasPrefix(v, prefix) {
				return true
			}
		}
		return false
	})
}

func (s *stack) copy(work string) error {
	// What the last run left; the cache of the launcher is part of what is measured and is built anew.
	if err := errors.Join(os.RemoveAll(s.dir), os.RemoveAll(filepath.Join(work, "cache"))); err != nil {
		return err
	}
	if err := os.CopyFS(s.dir, os.DirFS(filepath.Join(s.b.root, fixture))); err != nil {
		return err
	}
	for _, name := range sources {
		if err := copySources(filepath.Join(s.b.root, name), filepath.Join(s.dir, name)); err != nil {
			return err
		}
	}
	return os.Symlink(filepath.Join("env", ".env.bench"), filepath.Join(s.dir, ".env"))
}

// copySources copies a file, or a tree without tests; one that is absent is
// left out.
func copySources(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && d.Name() == "testdata":
			return fs.SkipDir
		case d.IsDir() || strings.HasSuffix(path, "_test.go") || d.Name() == "mage_output_file.go":
			return nil
		}
		return copyFile(path, filepath.Join(to, rel))
	})
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, data, info.Mode().Perm())
}

// compile builds plain mage and the launcher's binary, and waits until the
// launcher trusts the times of the files, which are new.
func (s *stack) compile() error {
	s.b.logf("  building")
	if _, err := s.must("go", "build", "-o", s.mage, "github.com/magefile/mage"); err != nil {
		return err
	}
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(time.Second) {
		if _, err := s.must("scripts/mage", "-l"); err != nil {
			return err
		}
		cache := filepath.Join(filepath.Dir(s.mage), "cache", "mage")
		index, _ := filepath.Glob(filepath.Join(cache, "trees", s.dir, ".tree", "index"))
		binary, _ := filepath.Glob(filepath.Join(cache, "*", "mage"))
		if len(index) == 1 && len(binary) == 1 {
			s.binary = binary[0]
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the launcher keeps looking at the content of the sources (%d binaries)", len(binary))
		}
	}
}

func (s *stack) variables() []string { return append(slices.Clone(s.env), s.extra...) }

// run runs a command line in the stack's repository.
func (s *stack) run(line string) (outcome, error) {
	return execute(s.b.ctx, s.dir, s.variables(), strings.Fields(line)...)
}

func (s *stack) must(argv ...string) (outcome, error) {
	return must(s.b.ctx, s.dir, s.variables(), argv...)
}
