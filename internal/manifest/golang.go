package manifest

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

var goEnvironment = append([]string{"GO*", "CGO_*", "CC", "CXX"}, environment...)

// goModules finds the modules that have code of their own: a magefile is none.
func goModules(t *tree, r *Repository) error {
	var dirs []string
	for _, name := range t.files {
		if path.Base(name) == "go.mod" {
			dirs = append(dirs, path.Dir(name))
		}
	}
	code, tests := map[string]bool{}, map[string]bool{}
	for _, name := range t.files {
		dir := nearest(dirs, name)
		if dir == "" || path.Ext(name) != ".go" || isMagefile(t, dir, name) {
			continue
		}
		code[dir] = true
		tests[dir] = tests[dir] || strings.HasSuffix(name, "_test.go")
	}
	works := map[string]*workspace{}
	for _, dir := range slices.Sorted(maps.Keys(code)) {
		at, found := t.workOf(dir)
		if works[at] == nil {
			var err error
			if works[at], err = readWorkspace(t, r, at, found); err != nil {
				return err
			}
		}
		m := module{tree: t, dir: dir, work: works[at], inWork: works[at].used[dir] || works[at].used[anyDir], tests: tests[dir]}
		if err := m.read(r); err != nil {
			return err
		}
		r.Modules[m.path] = dir
		r.Commands = append(r.Commands, m.commands()...)
	}
	return nil
}

// isMagefile: what only Mage builds is no code of the repository's.
func isMagefile(t *tree, module, name string) bool {
	within := strings.TrimPrefix(name, strings.TrimPrefix(module+"/", "./"))
	if strings.HasPrefix(within, "magefiles/") {
		return true
	}
	if strings.Contains(within, "/") {
		return false
	}
	text, err := t.text(name)
	head, _, _ := strings.Cut(text, "\npackage ")
	return err == nil && strings.Contains("\n"+head, "\n//go:build mage\n")
}

// workspace is a go.work: the modules that it uses, nil where there is none, and the
// directories that it and these modules put in the place of others: in a workspace a
// replacement of one module holds for all.
type workspace struct {
	dir      string
	used     map[string]bool
	replaced []string
}

// workOf is the directory of the go.work that holds for a module: the first at or above it.
func (t *tree) workOf(module string) (dir string, found bool) {
	for dir = module; ; dir = path.Dir(dir) {
		if found = t.has[path.Join(dir, "go.work")]; found || dir == "." {
			return dir, found
		}
	}
}

// readWorkspace reads the go.work of a directory. Where it cannot be read it may use every
// module, and put what is outside in the place of others; so may one above the repository.
func readWorkspace(t *tree, r *Repository, at string, found bool) (*workspace, error) {
	unknown := &workspace{dir: at, used: map[string]bool{anyDir: true}, replaced: []string{".."}}
	if !found && t.worked {
		return unknown, nil
	}
	if !found {
		return &workspace{dir: at}, nil
	}
	file := path.Join(at, "go.work")
	text, err := t.text(file)
	if err != nil {
		return nil, err
	}
	w := &workspace{dir: at, used: map[string]bool{}}
	work, err := modfile.ParseWork(file, []byte(text), nil)
	if err != nil {
		r.warn(err)
		if work = rest(text, err); work == nil {
			return unknown, nil
		}
		w.replaced = append(w.replaced, "..")
	}
	w.replaced = append(w.replaced, directories(at, work.Replace)...)
	for _, u := range work.Use {
		dir := path.Clean(u.Path)
		if !path.IsAbs(dir) {
			dir = path.Join(at, dir)
		}
		w.used[dir] = true
		name := path.Join(dir, "go.mod")
		if !t.has[name] {
			continue
		}
		text, err := t.text(name)
		if err != nil {
			return nil, err
		}
		mod, err := modfile.Parse(name, []byte(text), nil)
		if err != nil { // what it replaces is unknown, and may be outside
			r.warn(err)
			w.replaced = append(w.replaced, "..")
			continue
		}
		w.replaced = append(w.replaced, directories(dir, mod.Replace)...)
	}
	return w, nil
}

// rest is a go.work without the lines that were not understood; nil where the others are not
// understood either.
func rest(text string, wrong error) *modfile.WorkFile {
	var list modfile.ErrorList
	if !errors.As(wrong, &list) {
		return nil
	}
	lines := strings.Split(text, "\n")
	for _, one := range list {
		if n := one.Pos.Line; 0 < n && n <= len(lines) {
			lines[n-1] = ""
		}
	}
	work, err := modfile.ParseWork("go.work", []byte(strings.Join(lines, "\n")), nil)
	if err != nil {
		return nil
	}
	return work
}

// anyDir is of a workspace that nobody knows the directories of.
const anyDir = ""

// warn tells of a file of Go's that has something of a later Go, or a mistake, with its lines:
// it is for the go command to judge. It is told once.
func (r *Repository) warn(err error) {
	text := strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", ", ") + ": what it uses and replaces is not known, so that what may depend on it runs each time"
	if !slices.Contains(r.Warnings, text) {
		r.Warnings = append(r.Warnings, text)
	}
}

// directories are those that a file in dir puts in the place of modules.
func directories(dir string, replaced []*modfile.Replace) (list []string) {
	for _, r := range replaced {
		switch {
		case r.New.Version != "":
		case path.IsAbs(r.New.Path):
			list = append(list, r.New.Path)
		default:
			list = append(list, path.Join(dir, r.New.Path))
		}
	}
	return list
}

// outside says that a directory is not in the repository.
func outside(dir string) bool {
	return path.IsAbs(dir) || dir == ".." || strings.HasPrefix(dir, "../")
}

type module struct {
	*tree
	dir, path     string
	work          *workspace
	inWork, tests bool
	set, inputs   []string
}

// read finds what the module depends on in the repository; inputs are nil where it
// depends on what is outside, too.
func (m *module) read(r *Repository) error {
	name := path.Join(m.dir, "go.mod")
	text, err := m.text(name)
	if err != nil {
		return err
	}
	mod, err := modfile.ParseLax(name, []byte(text), nil)
	switch {
	case err != nil: // syntax of a later Go, or a mistake
		m.path = modfile.ModulePath([]byte(text))
	case mod.Module != nil:
		m.path = mod.Module.Mod.Path
	}
	if m.path == "" {
		return fmt.Errorf("%s names no module", name)
	}
	if m.work.used != nil && !m.inWork {
		m.set = []string{"GOWORK=off"}
	}
	dirs := []string{m.dir}
	if m.inWork {
		m.inputs = append(m.inputs, path.Join(m.work.dir, "go.work"))
		if sum := path.Join(m.work.dir, "go.work.sum"); m.has[sum] {
			m.inputs = append(m.inputs, sum)
		}
		dirs = slices.Concat(dirs, slices.Collect(maps.Keys(m.work.used)), m.work.replaced)
	}
	file, err := modfile.Parse(name, []byte(text), nil)
	if err != nil { // as in workspace
		r.warn(err)
		m.inputs = nil
		return nil
	}
	dirs = append(dirs, directories(m.dir, file.Replace)...)
	if slices.ContainsFunc(dirs, outside) {
		m.inputs = nil
		return nil
	}
	for _, dir := range dirs {
		m.inputs = append(m.inputs, all(dir))
	}
	slices.Sort(m.inputs)
	m.inputs = slices.Compact(m.inputs)
	return nil
}

func (m *module) commands() []Command {
	one := func(kind Kind, argv ...string) Command {
		return Command{Kind: kind, Name: named("go", m.dir), Tool: Go, Dir: m.dir, Dirs: []string{m.dir}, Argv: argv, Set: m.set, Env: goEnvironment, Inputs: m.inputs}
	}
	list := []Command{one(Build, "go", "build", "./..."), one(Lint, "go", "vet", "./...")}
	if m.any(m.dir, ".golangci.yml", ".golangci.yaml", ".golangci.toml", ".golangci.json") {
		list[1].Argv = []string{"golangci-lint", "run"}
	}
	if m.tests {
		coverage := one(Coverage, "go", "test", "-json")
		coverage.Report = report(coverage.Name, ".out")
		up := strings.Repeat("../", strings.Count(path.Join("./", m.dir, "x"), "/"))
		coverage.Argv = append(coverage.Argv, "-coverprofile="+up+coverage.Report, "./...")
		list = append(list, one(Unit, "go", "test", "-json", "./..."), coverage)
	}
	return list
}
