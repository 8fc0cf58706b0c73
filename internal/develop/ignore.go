package develop

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// IgnoreFile is the name of a context's ignore file, and the end of that of a
// Dockerfile's own.
const IgnoreFile = ".dockerignore"

// Patterns choose files below a directory as a .dockerignore does: an exception
// brings back what a pattern before it took. The zero value chooses nothing.
type Patterns struct {
	dir     string
	matcher *patternmatcher.PatternMatcher
}

// ReadIgnore reads the first of files that is there, for what lies in dir.
func ReadIgnore(dir string, files ...string) (Patterns, error) {
	for _, path := range files {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return Patterns{}, fmt.Errorf("read ignore file %q: %w", path, err)
		}
		lines, err := ignorefile.ReadAll(f)
		_ = f.Close()
		if err != nil {
			return Patterns{}, fmt.Errorf("read ignore file %q: %w", path, err)
		}
		p, err := newPatterns(dir, lines)
		if err != nil {
			return Patterns{}, failure.New(failure.Preflight, "%s: %w", path, err).WithHint("mend the pattern")
		}
		return p, nil
	}
	return Patterns{dir: dir}, nil
}

func newPatterns(dir string, lines []string) (Patterns, error) {
	m, err := patternmatcher.New(lines)
	return Patterns{dir: dir, matcher: m}, err
}

// In is a path relative to the directory of the patterns; ok where it lies in it.
func (p Patterns) In(path string) (rel string, ok bool) {
	rel, err := filepath.Rel(p.dir, path)
	return rel, err == nil && filepath.IsLocal(rel)
}

// Cover reports whether a path is chosen; a directory only where no exception
// could bring back something below it.
func (p Patterns) Cover(path string, dir bool) bool {
	rel, ok := p.In(path)
	if !ok || rel == "." || p.matcher == nil {
		return false
	}
	matched, err := p.matcher.MatchesOrParentMatches(rel)
	if err != nil || !matched || !dir {
		return err == nil && matched
	}
	within := rel + string(filepath.Separator)
	for _, one := range p.matcher.Patterns() {
		if !one.Exclusion() {
			continue
		}
		plain := one.String()
		if at := strings.IndexAny(plain, `*?[\`); at >= 0 {
			plain = plain[:at]
		}
		if strings.HasPrefix(within, plain) || strings.HasPrefix(plain, within) {
			return false
		}
	}
	return true
}
