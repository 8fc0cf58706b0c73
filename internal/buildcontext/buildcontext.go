// Package buildcontext reads a build context as BuildKit would be sent it and
// hashes what it holds: the files that the ignore file lets through, with
// their modes and links. An index like git's makes reading an unchanged
// context cost one stat a file. Of Spellbook it imports failure and state alone; what is
// ignored is decided by moby/patternmatcher.
package buildcontext

import (
	"context"
	"io/fs"
	"time"
)

// File is one entry of a context: a regular file, a directory, a symbolic
// link, or one of the special files that BuildKit passes on (pipes, devices).
type File struct {
	Path string // relative to the context, with slashes
	// Mode is type and permission bits, setuid, setgid and sticky included.
	// A symbolic link's is always 0777 and a socket is an empty regular file,
	// as BuildKit has them.
	Mode fs.FileMode
	Size int64 // bytes of the content or of the link's target; 0 for others
	// Sum is sha256, in hex, of the content, of the link's target, or of a
	// device's numbers; "" for directories and pipes.
	Sum string
	// ModTime and ChangeTime are mtime and ctime, in nanoseconds since 1970; 0
	// for directories and where the system has none. They are not part of what
	// a context holds.
	ModTime, ChangeTime int64 `json:"-"`
}

// Tree is the content of a context.
type Tree struct {
	Files  []File // sorted by Path
	Ignore string // the ignore file in use, absolute; "" where there is none
}

// Options say what to read.
type Options struct {
	Dir string // the context, absolute
	// Dockerfile is absolute. DOCKERFILE.dockerignore beside it goes before
	// .dockerignore of Dir. "" where there is none, as for an additional
	// context or an inline Dockerfile: .dockerignore of Dir alone counts.
	Dockerfile string
	// Index is the index file, absolute; "" keeps none. It must lie outside of
	// every context, or it is a file of it that changes with each build. Each
	// pair of Dir and Dockerfile wants one of its own, or they overwrite each
	// other's records and hash more than they need to.
	Index string
	// Look: the index is used as it is, and not written.
	Look bool
	// Now is the clock by which a file counts as too young to be trusted by
	// its times alone. Without a clock no index is used.
	Now func() time.Time
}

// attempts bounds how often a context, or a file, is read again because it
// changes under its reader.
const attempts = 3

// Read returns what BuildKit would be sent, without the context's own
// directory. A file that vanishes meanwhile makes it read once more, and is
// left out if they keep vanishing. Errors: failure.Preflight for a directory,
// file or ignore pattern that cannot be read, the context's own cause when it
// is cancelled. An index that cannot be read or written is no error.
//
// BuildKit reads the files once more, later: only a second Read after the
// build, with the same Digest, tells that the image was made of this tree.
func Read(ctx context.Context, o Options) (Tree, error) {
	rules, err := loadRules(o)
	if err != nil {
		return Tree{}, err
	}
	for attempt := 1; ; attempt++ {
		r := reader{walker: walker{dir: o.Dir, rules: &rules}, index: newIndex(o)}
		entries, err := r.read(ctx)
		if err != nil {
			return Tree{}, err
		}
		r.index.save(entries)
		if attempt == attempts || !r.unsettled.Load() {
			return Tree{Files: files(entries), Ignore: rules.file}, nil
		}
	}
}
