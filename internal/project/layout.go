// Package project turns the user's own files (Compose files, environment,
// plugin fragments) into one immutable, validated Project. It imports environ,
// failure and secret, reads files, and changes nothing.
package project

import (
	"os"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Layout says where a repository keeps its files. The zero value is
// Spellbook's own layout; a magefile of another repository sets what differs.
// Paths are relative to Root.
type Layout struct {
	Root       string   // absolute; found from the working directory when empty
	ComposeDir string   // "compose"
	Files      []string // Compose files instead of those found in ComposeDir
	EnvDir     string   // "env"
	EnvLink    string   // ".env", the link to the active environment
	StateDir   string   // ".spellbook", what Spellbook remembers
}

// WithDefaults fills what is not set.
func (l Layout) WithDefaults() Layout {
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	set(&l.ComposeDir, "compose")
	set(&l.EnvDir, "env")
	set(&l.EnvLink, ".env")
	set(&l.StateDir, ".spellbook")
	return l
}

// Path joins a path of the layout to its root.
func (l Layout) Path(elem ...string) string {
	joined := filepath.Join(elem...)
	if filepath.IsAbs(joined) {
		return joined
	}
	return filepath.Join(l.Root, joined)
}

var baseNames = []string{"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"}

// ComposeFiles are the files to load, in merge order: base, backend where
// asked for, then the overlay of the environment where there is one.
func (l Layout) ComposeFiles(env string, backend bool) ([]string, error) {
	if len(l.Files) > 0 {
		return l.given()
	}
	base, ok := l.first(baseNames)
	if !ok {
		return nil, failure.New(failure.Preflight, "no Compose file in %s", l.Path(l.ComposeDir)).
			WithHint("write %s, or set Layout.ComposeDir in the magefile", filepath.Join(l.ComposeDir, "docker-compose.yml"))
	}
	files := []string{base}
	if backend {
		files = l.appendIf(files, backendStem)
	}
	if env != "" {
		files = l.appendIf(files, "docker-compose."+env)
	}
	return files, nil
}

func (l Layout) given() ([]string, error) {
	var files []string
	for _, f := range l.Files {
		path := l.Path(f)
		if _, err := os.Stat(path); err != nil {
			return nil, failure.New(failure.Preflight, "compose file %s: %w", path, err).WithHint("correct Layout.Files in the magefile")
		}
		files = append(files, path)
	}
	return files, nil
}

func (l Layout) first(names []string) (string, bool) {
	for _, name := range names {
		path := l.Path(l.ComposeDir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, true
		}
	}
	return "", false
}

func (l Layout) appendIf(files []string, stem string) []string {
	if path, ok := l.first([]string{stem + ".yml", stem + ".yaml"}); ok {
		return append(files, path)
	}
	return files
}

// FindRoot walks up from dir to the directory that holds the Compose directory
// or files of l, else a go.mod; dir itself when there is neither.
func FindRoot(l Layout, dir string) string {
	l = l.WithDefaults()
	for _, marker := range []func(Layout) bool{hasCompose, hasGoMod} {
		for at := dir; ; at = filepath.Dir(at) {
			l.Root = at
			if marker(l) {
				return at
			}
			if filepath.Dir(at) == at {
				break
			}
		}
	}
	return dir
}

func hasCompose(l Layout) bool {
	if len(l.Files) > 0 {
		_, err := os.Stat(l.Path(l.Files[0]))
		return err == nil
	}
	_, ok := l.first(baseNames)
	return ok
}

// IsCheckout reports whether a directory is the root of a checkout of its own:
// of git's, or one with Compose files where l has them.
func (l Layout) IsCheckout(dir string) bool {
	l.Root = dir
	if _, err := os.Lstat(l.Path(".git")); err == nil {
		return true
	}
	if len(l.Files) > 0 && filepath.IsAbs(l.Files[0]) || filepath.IsAbs(l.ComposeDir) {
		return false // the same for all
	}
	return hasCompose(l)
}

func hasGoMod(l Layout) bool {
	_, err := os.Stat(l.Path("go.mod"))
	return err == nil
}
