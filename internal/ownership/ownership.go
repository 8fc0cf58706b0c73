// Package ownership tells whose a container or a volume is: this checkout's,
// another's, or nobody knows whose. It looks at paths, and at a small registry
// in the user's cache directory. Of ours it imports
// state alone, which writes that.
package ownership

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Whose says how the maker of something stands to this checkout.
type Whose int

// The answers. Unknown is the zero value: who has not been judged is trusted
// with nothing.
const (
	Unknown Whose = iota
	Ours
	Others
)

// Maker is who made something.
type Maker struct {
	Whose Whose
	// Dir is the checkout that it was made from, or the Compose project
	// directory where that is all that is known; "" where nothing is.
	Dir string
	// Gone: Dir was on this machine and is not any more.
	Gone bool
	// Elsewhere: Dir is this checkout's own path, on an engine that other
	// machines use too, and nothing says that it was this one.
	Elsewhere bool
}

// String is for people: "made from /home/me/app".
func (m Maker) String() string {
	switch {
	case m.Whose == Unknown || m.Dir == "":
		return "nothing says made from where"
	case m.Gone:
		return "made from " + m.Dir + ", which is gone"
	case m.Elsewhere:
		return "made from " + m.Dir + ", perhaps on another machine"
	}
	return "made from " + m.Dir
}

// Checkout is the working copy that this run is in.
type Checkout struct {
	Root  string   // absolute
	Dir   string   // the Compose project directory, absolute
	Files []string // the user's Compose files, absolute
	// IsRoot reports whether a directory is a checkout of its own; what lies
	// below it is not of the checkout around it.
	IsRoot func(dir string) bool
	// Local: the engine runs on this machine, so that paths mean the same.
	Local bool
	// Claim is what earlier runs have noted of the project on this engine; who asks
	// for it calls Noted.
	Claim Claim
	// Read reads it when it is asked for first, which most runs never do: to know the
	// engine's ID takes it ten milliseconds. Without it Claim is what is noted.
	Read func() Claim

	read bool
	held map[string]bool // by path, what holds has found
}

// Noted is the claim.
func (c *Checkout) Noted() Claim {
	if c.Read != nil && !c.read {
		c.Claim, c.read = c.Read(), true
	}
	return c.Claim
}

// Container judges a container by Compose's labels: the project directory that
// it was made from, and the Compose files. One of them in this checkout makes
// it ours; relative ones and "-" (standard input) say nothing.
func (c *Checkout) Container(workingDir string, files []string) Maker {
	paths := slices.DeleteFunc(append([]string{workingDir}, files...), func(p string) bool { return !filepath.IsAbs(p) })
	if len(paths) == 0 {
		return Maker{}
	}
	if slices.ContainsFunc(paths, c.holds) {
		if !c.Local && !same(c.Noted().Root, c.Root) {
			return Maker{Whose: Others, Dir: c.Root, Elsewhere: true}
		}
		return Maker{Whose: Ours, Dir: c.Root}
	}
	if !filepath.IsAbs(workingDir) {
		paths[0] = filepath.Dir(paths[0])
	}
	return c.other(c.checkoutOf(paths[0]))
}

// Volume judges a volume, which has no label for it, by the makers of all
// containers that use it; where none does, by what was noted of its name.
func (c *Checkout) Volume(name string, users []Maker) Maker {
	found := Maker{}
	for _, m := range users {
		if m.Whose == Others {
			return m
		}
		if m.Whose == Ours {
			found = m
		}
	}
	noted, known := c.Noted().Volumes[name]
	switch {
	case found.Whose == Ours || !known:
		return found
	case same(noted, c.Root):
		return Maker{Whose: Ours, Dir: c.Root}
	}
	return c.other(noted)
}

// Shared reports whether another checkout is known to have used the project's
// name on this engine.
func (c *Checkout) Shared() bool {
	if c.Noted().Root != "" && !same(c.Noted().Root, c.Root) {
		return true
	}
	for _, root := range c.Noted().Volumes {
		if !same(root, c.Root) {
			return true
		}
	}
	return false
}

func (c *Checkout) other(dir string) Maker {
	_, err := os.Lstat(dir)
	return Maker{Whose: Others, Dir: dir, Gone: c.Local && errors.Is(err, fs.ErrNotExist)}
}

// checkoutOf is the checkout of a project directory: where it lies in its own
// as ours does in this one, the directory above.
func (c *Checkout) checkoutOf(dir string) string {
	inside, err := filepath.Rel(c.Root, c.Dir)
	if err != nil || !filepath.IsLocal(inside) || inside == "." {
		return dir
	}
	return strings.TrimSuffix(filepath.Clean(dir), string(filepath.Separator)+inside)
}

// holds: a path is of this checkout.
func (c *Checkout) holds(path string) bool {
	held, known := c.held[path]
	if !known {
		if c.held == nil {
			c.held = map[string]bool{}
		}
		held = c.around(resolve(path))
		c.held[path] = held
	}
	return held
}

// around: the innermost checkout around a path is the one that it is of; a
// worktree inside of this one is another. The Compose files in use are ours
// wherever they lie.
func (c *Checkout) around(path string) bool {
	if path == resolve(c.Dir) || slices.ContainsFunc(c.Files, func(f string) bool { return path == resolve(f) }) {
		return true
	}
	for at := path; ; at = filepath.Dir(at) {
		switch {
		case same(at, c.Root):
			return true
		case c.IsRoot(at) || same(at, c.Noted().Root), at == filepath.Dir(at):
			return false
		}
	}
}
