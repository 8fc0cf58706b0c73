package environ

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Active is the environment that Compose reads now, from the target of the
// link or the mark of the copy. ok is false when there is no .env at all; a .env
// of the user's own has the name "".
func Active(dirs Dirs) (name string, ok bool, err error) {
	found, err := look(dirs)
	if err != nil {
		return "", false, err
	}
	return found.name, found.info != nil, nil
}

// linkTarget is what is at the place of .env.
type linkTarget struct {
	info   fs.FileInfo // nil: nothing
	target string      // of a symbolic link
	name   string      // the environment; "" for what is the user's own
	edited bool        // a copy of ours that the user has changed since
	pipe   bool        // a FIFO of the user's own, or a link to one
}

func (o linkTarget) isPipe() bool { return o.pipe && o.name == "" }

// refusePipe: neither is it replaced, nor do its secrets go to a disk.
func (o linkTarget) refusePipe(dirs Dirs) error {
	return failure.New(failure.Preflight, "%s is a FIFO, which is not replaced", dirs.Short(dirs.Active())).
		WithHint("have it made at %s instead, then mage env:use local", dirs.Short(dirs.File("local")))
}

// isOurs reports whether nothing of the user's is lost when it is replaced.
func (o linkTarget) isOurs() bool { return o.info == nil || o.name != "" && !o.edited }

// attempts bounds how often what another process just changed is looked at
// again; each attempt is lost only to a whole switch of somebody else.
const attempts = 100

// look retries, because .env may turn from a link into a file, or back, between
// asking what it is and reading it.
func look(dirs Dirs) (found linkTarget, err error) {
	for range attempts {
		if found, err = lookOnce(dirs); err == nil {
			return found, nil
		}
	}
	return linkTarget{}, wrap("read the active environment", err)
}

func lookOnce(dirs Dirs) (linkTarget, error) {
	path := dirs.Active()
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return linkTarget{}, nil
	case err != nil:
		return linkTarget{}, err
	case info.Mode()&fs.ModeSymlink != 0:
		return lookLink(dirs, info)
	case info.Mode().IsRegular():
		return lookFile(dirs, info)
	case info.Mode()&fs.ModeNamedPipe != 0:
		return linkTarget{info: info, pipe: true}, nil
	case info.IsDir(): // which Compose takes for nothing
		return linkTarget{}, nil
	}
	return linkTarget{}, noLink(dirs)
}

// noLink: there is something that neither is replaced nor can be read.
func noLink(dirs Dirs) error {
	return failure.New(failure.Preflight, "%s is neither a file nor a link", dirs.Short(dirs.Active())).
		WithHint("move it out of the way and try again")
}

func lookLink(dirs Dirs, info fs.FileInfo) (linkTarget, error) {
	target, err := os.Readlink(dirs.Active())
	if err != nil {
		return linkTarget{}, err
	}
	path := filepath.FromSlash(target)
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(dirs.Active()), path)
	}
	found := linkTarget{info: info, target: target, pipe: IsPipe(path)}
	name, prefixed := strings.CutPrefix(filepath.Base(path), prefix)
	if prefixed && isName(name) && sameDir(filepath.Dir(path), dirs.envDir()) {
		found.name = name
	}
	return found, nil
}

func lookFile(dirs Dirs, info fs.FileInfo) (linkTarget, error) {
	text, err := os.ReadFile(dirs.Active())
	if err != nil {
		return linkTarget{}, err
	}
	name, edited := readCopy(dirs, string(text))
	return linkTarget{info: info, name: name, edited: edited}, nil
}

func sameDir(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}
