// Package manifest finds by go.mod, package.json, pyproject.toml and their like what a
// repository is made of, and with which commands that is tested, linted and built. It
// reads files and runs nothing; it imports failure and lazyregexp.
package manifest

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Kind is what a command is for.
type Kind string

// The kinds.
const (
	Unit     Kind = "unit"
	Lint     Kind = "lint"
	Build    Kind = "build"
	Coverage Kind = "coverage"
)

// Tool is the kind of a project.
type Tool string

// The tools.
const (
	Go     Tool = "go"
	Node   Tool = "node"
	Python Tool = "python"
)

// Command is how one project of the repository is tested, linted or built.
type Command struct {
	Kind Kind
	// Name is the tool, and where the project is not the root, a colon and its
	// directory: go, pnpm:web. No two commands of a kind have the same.
	Name string
	Tool Tool
	Dir  string // relative to the root, with slashes; "." is the root
	// Dirs are Dir and the directories of the members of a workspace.
	Dirs []string
	// Builds are those of Dirs that a build script of Node.js may write below. No two
	// commands have the same.
	Builds []string
	Argv   []string
	// AllowIf is a command: where Argv exits with the code AllowedCode, and it passes, that is no
	// failure.
	AllowIf     []string
	AllowedCode int
	// Integration is what runs the project's integration tests, which Argv leaves out; nil
	// where its manifest marks none.
	Integration []string
	// Programs are what the command uses besides the program that it calls: names, or
	// paths relative to Dir.
	Programs []string
	Set      []string // KEY=value that the command needs
	Env      []string // variables that the tool looks at, NAME or PREFIX*
	// Inputs are patterns of the files that the command depends on, relative to the
	// root: all of the project. What it makes there is not known here. None: it depends
	// on files outside of the root.
	Inputs  []string
	Install string // the Name of the Install that comes first; "" where there is none
	// Report is the file that a coverage command writes, relative to the root; its
	// directory has to be there.
	Report string
}

// Install is how the packages of a Node.js project come to be there.
type Install struct {
	Name, Dir string // as those of a Command
	Argv      []string
	Env       []string
	Inputs    []string // files that say what is installed, relative to the root
	Modules   string   // the directory that it fills, relative to the root
}

// Repository is what was found.
type Repository struct {
	Commands []Command // by kind, then by name
	Installs []Install
	Modules  map[string]string // Go modules by their paths: directories relative to the root
	Warnings []string          // files that could not be read as a whole, with their lines
}

// Of are the commands of a kind.
func (r Repository) Of(kind Kind) (list []Command) {
	for _, c := range r.Commands {
		if c.Kind == kind {
			list = append(list, c)
		}
	}
	return list
}

// environment are the variables that all tools here look at.
var environment = []string{"CI", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "XDG_*"}

// CoverageDir is where coverage is written, relative to the root.
const CoverageDir = ".spellbook/coverage"

// Read looks at all of a repository but what its tools have put there.
func Read(root string) (Repository, error) {
	t, err := walk(os.DirFS(root))
	if err != nil {
		return Repository{}, failure.New(failure.Preflight, "look for manifests: %w", err)
	}
	t.worked = isWorked(root)
	r := Repository{Modules: map[string]string{}}
	for _, find := range []func(*tree, *Repository) error{goModules, nodeProjects, pythonProjects} {
		if err := find(t, &r); err != nil {
			return Repository{}, failure.New(failure.Preflight, "%w", err)
		}
	}
	slices.SortStableFunc(r.Commands, func(a, b Command) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return r, nil
}

// tree is which files there are.
type tree struct {
	fs.FS
	files  []string
	has    map[string]bool
	worked bool // there is a go.work above
}

// isWorked says that a directory above has a go.work, which go reads as well.
func isWorked(root string) bool {
	for dir, err := filepath.Abs(root); err == nil && filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
		if info, err := os.Stat(filepath.Join(filepath.Dir(dir), "go.work")); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}

func walk(root fs.FS) (*tree, error) {
	t := &tree{FS: root, has: map[string]bool{}}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name != ".":
			return nil // nobody may read it, or it is gone
		case err != nil:
			return err
		case d.IsDir() && t.foreign(name):
			return fs.SkipDir
		case !d.IsDir():
			t.files = append(t.files, name)
			t.has[name] = true
		}
		return nil
	})
	return t, err
}

// foreign are directories whose content others have made, and what is no project.
func (t *tree) foreign(name string) bool {
	base := path.Base(name)
	switch base {
	case ".":
		return false
	case "node_modules", "testdata", "vendor", "__pycache__":
		return true
	}
	if base[0] == '.' {
		return true
	}
	return t.exists(path.Join(name, "pyvenv.cfg")) // a virtual environment
}

// text is a file's content, "" where there is none.
func (t *tree) text(name string) (string, error) {
	text, err := fs.ReadFile(t, name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(text), err
}

// any reports whether one of the files lies in dir.
func (t *tree) any(dir string, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return t.has[path.Join(dir, name)] })
}

// exists is for what the walk does not look into.
func (t *tree) exists(name string) bool {
	_, err := fs.Stat(t, name)
	return err == nil
}

// pattern is that of a file, or of everything in a directory; "" where there is neither.
func (t *tree) pattern(name string) string {
	info, err := fs.Stat(t, name)
	switch {
	case err != nil:
		return ""
	case info.IsDir():
		return all(name)
	}
	return name
}

// above are the files of these names, or patterns of names, in the directories above dir; those
// of names that have words only where one of them stands in the file.
func (t *tree) above(dir string, names map[string][]string) (list []string) {
	for _, file := range t.files {
		at := path.Dir(file)
		if at == dir || !within(at, dir) {
			continue
		}
		for name, words := range names {
			if is, _ := path.Match(name, path.Base(file)); is && t.says(file, words) {
				list = append(list, file)
			}
		}
	}
	return list
}

// says that one of the words stands in a file, or that there are none.
func (t *tree) says(file string, words []string) bool {
	text := ""
	if len(words) > 0 {
		text, _ = t.text(file)
	}
	return len(words) == 0 || slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}

// nearest is the innermost of the directories that a file lies below, "" for none.
func nearest(dirs []string, name string) string {
	best := ""
	for _, dir := range dirs {
		if within(dir, name) && (best == "" || best == "." || dir != "." && len(dir) > len(best)) {
			best = dir
		}
	}
	return best
}

func within(dir, name string) bool {
	return dir == "." || name == dir || strings.HasPrefix(name, dir+"/")
}

// named is the name of a project's commands.
func named(tool, dir string) string {
	if dir == "." {
		return tool
	}
	return tool + ":" + strings.ReplaceAll(dir, " ", "_")
}

// all is the pattern of everything in a directory.
func all(dir string) string { return path.Join(dir, "**") }

// report is where the coverage of a project goes.
func report(name, ending string) string {
	return path.Join(CoverageDir, strings.NewReplacer(":", "-", "/", "-").Replace(name)+ending)
}
