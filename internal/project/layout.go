// Package project turns the user's own files (Compose files, environment,
// plugin fragments) into one immutable, validated Project. It imports environ,
// failure and secret, reads files, and changes nothing.
package project

import (
	"os"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/composefiles"
)

// Layout says where a repository keeps its files. The zero value is
// Spellbook's own layout; a magefile of another repository sets what differs.
// Paths are relative to Root.
type Layout struct {
	Root       string   // absolute; found from the working directory when empty
	ComposeDir string   // "compose"
	Files      []string // Compose files instead of those found in ComposeDir
	EnvDir     string   // "env"
	EnvFiles   []string // env files besides, weaker than EnvLink
	EnvLink    string   // ".env", the link to the active environment
	StateDir   string   // ".spellbook", what Spellbook remembers
}

// composeDir is where Compose files are, unless they are in the root alone.
const composeDir = "compose"

// WithDefaults fills what is not set. What depends on the files that are there
// is told once the root is known: Compose files that are in the root alone, and a
// .env that is beside the Compose files alone.
func (l Layout) WithDefaults() Layout {
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	if l.ComposeDir == "" && len(l.Files) == 0 && l.Root != "" {
		_, below := composefiles.Base(l.Path(composeDir))
		if _, ok := composefiles.Base(l.Root); ok && !below {
			l.ComposeDir = "."
		}
	}
	set(&l.ComposeDir, composeDir)
	set(&l.EnvDir, "env")
	if beside := filepath.Join(l.projectDir(), ".env"); l.EnvLink == "" && l.Root != "" && !isThere(l.Path(".env")) && isFile(l.Path(beside)) {
		l.EnvLink = beside
	}
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

// Reads says which files are read with the options: as Docker Compose, called
// in the root, would find them, and the repository's own besides.
func (l Layout) Reads(o Options) (composefiles.Set, error) {
	l = l.WithDefaults()
	p := composefiles.Place{Dir: l.Root, Base: l.Path(l.ComposeDir), Link: l.Path(l.EnvLink), Show: l.Short}
	if p.Named = filepath.Base(p.Link) != ".env"; !p.Named {
		p.Dir = filepath.Dir(p.Link)
	}
	for _, f := range l.Files {
		p.Files = append(p.Files, l.Path(f))
	}
	for _, f := range l.EnvFiles {
		p.EnvFiles = append(p.EnvFiles, l.Path(f))
	}
	if p.Shown = o.EnvShown; p.Shown == "" && o.Env != "" {
		p.Shown = filepath.ToSlash(filepath.Join(l.EnvDir, ".env."+o.Env))
	}
	if o.EnvText != nil {
		o.EnvFile = filepath.Join(l.EnvDir, ".env."+o.Env)
	}
	if o.EnvFile != "" {
		p.Link, p.Named, p.Meant = l.Path(o.EnvFile), p.Named || o.EnvFile == os.DevNull, true
	}
	if o.Backend {
		p.Add = append(p.Add, backendStem)
	}
	if o.Env != "" {
		p.Add = append(p.Add, "docker-compose."+o.Env)
	}
	return composefiles.Find(p, o.Environ, o.instead())
}

// instead is what Reads takes for the text of the environment's file.
func (o Options) instead() *string {
	if o.EnvText == nil {
		return nil
	}
	text := o.EnvText.Reveal()
	return &text
}

// projectDir is where the first of the Compose files lies, as far as the Layout
// says.
func (l Layout) projectDir() string {
	if len(l.Files) > 0 {
		return filepath.Dir(l.Files[0])
	}
	return l.ComposeDir
}

// FindRoot walks up from dir to the directory that holds the Compose directory
// or files of l, else a go.mod; dir itself when there is neither.
func FindRoot(l Layout, dir string) string {
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

// hasCompose: a Compose directory is no repository, unless git says that it is.
func hasCompose(l Layout) bool {
	if len(l.Files) > 0 {
		return isFile(l.Path(l.Files[0]))
	}
	unset := l.ComposeDir == ""
	l = l.WithDefaults()
	if unset && l.ComposeDir == "." && filepath.Base(l.Root) == composeDir && !isThere(l.Path(".git")) {
		return false
	}
	_, ok := composefiles.Base(l.Path(l.ComposeDir))
	return ok
}

func isThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// IsCheckout reports whether a directory is the root of a checkout of its own:
// of git's, or one with Compose files where l has them.
func (l Layout) IsCheckout(dir string) bool {
	l.Root = dir
	if isThere(l.Path(".git")) {
		return true
	}
	if len(l.Files) > 0 && filepath.IsAbs(l.Files[0]) || filepath.IsAbs(l.ComposeDir) {
		return false // the same for all
	}
	return hasCompose(l)
}

func hasGoMod(l Layout) bool {
	return isFile(l.Path("go.mod"))
}
