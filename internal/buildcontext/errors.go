package buildcontext

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// gone says that a path is no longer, or never was.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// moved says that a path is no longer what it was when its directory was read:
// gone, or of another kind.
func moved(err error) bool {
	return gone(err) || errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENXIO)
}

// unreadable tells what keeps path from being read, and what to do about it.
func unreadable(path string, err error) error {
	var inner *fs.PathError
	if errors.As(err, &inner) {
		err = inner.Err // its path would be told twice
	}
	if !errors.Is(err, fs.ErrPermission) {
		return failure.New(failure.Preflight, "read %q of the build context: %w", path, err).
			WithHint("If the image does not need it, add it to .dockerignore.")
	}
	return failure.New(failure.Preflight, "read %q of the build context: %w", path, err).
		WithHint("If the image needs it: chmod u+rX %q, as its owner; if not, add it to .dockerignore.", path)
}

func noContext(dir string, err error) error {
	var inner *fs.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return failure.New(failure.Preflight, "open build context %q: %w", dir, err).
		WithHint("Correct build.context in the Compose file, or create the directory.")
}

func badPattern(file string, line int, err error) error {
	return failure.New(failure.Preflight, "%s line %d: %w", file, line, err).
		WithHint("Close the line's brackets and escapes, or put a # before it.")
}
