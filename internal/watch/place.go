package watch

import (
	"os"
	"path/filepath"
	"strings"
)

// place is a root with where it is in truth. The system tells names as they
// were given to it, and one directory has one name only; so everything is
// watched by its real path and told by the root's.
type place struct {
	root string // as the caller spells it
	real string // without symbolic links; "" where there is nothing
	dir  bool
	// guards are the directories to watch for the root to go, come and lead
	// elsewhere, by the path in each that matters.
	guards map[string]string
}

// look is the place as it is now.
func (p place) look() place {
	now := place{root: p.root, guards: p.guards}
	path, err := filepath.EvalSymlinks(p.root)
	if err != nil {
		return now
	}
	info, err := os.Stat(path)
	now.real, now.dir = path, err == nil && info.IsDir()
	return now
}

// named is the path as the caller spells it; ok where it is the root's or
// below it, skipped or not.
func (p place) named(path string) (name string, ok bool) {
	if p.real == "" || path == p.real {
		return p.root, p.real != ""
	}
	rest, below := strings.CutPrefix(path, within(p.real))
	if !p.dir || !below {
		return "", false
	}
	return filepath.Join(p.root, rest), true
}

// within is the prefix of all paths in a directory.
func within(dir string) string {
	return strings.TrimSuffix(dir, string(filepath.Separator)) + string(filepath.Separator)
}

// wants is named without what is skipped, by itself or with a directory that
// it is in: a directory may be watched for the sake of another place.
func (p place) wants(path string, dir bool, skip func(string, bool) bool) (name string, ok bool) {
	if name, ok = p.named(path); !ok || name == p.root {
		return name, ok
	}
	for i := len(within(p.root)); i < len(name); i++ {
		if name[i] == filepath.Separator && skip(name[:i], true) {
			return name, false
		}
	}
	return name, !skip(name, dir)
}
