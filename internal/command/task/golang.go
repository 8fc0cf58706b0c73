package task

import (
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
)

// goSources are the packages of the Go files that git knows of, with all that any of
// them imports: go lists a package for one set of build tags, and none whose files are
// gone. What belongs to a module as a whole is a unit of its own, which its packages need,
// and so is what Mage builds.
func goSources(root string, files, changed []string) (list []unit) {
	modules := modulesOf(root, files)
	if len(modules) == 0 {
		return nil
	}
	at := map[string]int{}
	of := func(dir, module string) *unit {
		i, known := at[dir]
		if !known {
			i = len(list)
			at[dir] = i
			within, _ := filepath.Rel(module, dir)
			list = append(list, unit{name: "go " + path.Join(modules[module], filepath.ToSlash(within)), dir: dir, sources: goFiles, needs: []string{"module " + module}})
		}
		return &list[i]
	}
	mage := unit{name: mageUnit, needs: []string{"module ."}}
	for _, f := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(files, changed)))) {
		module, found := moduleOf(modules, f)
		if !found || path.Ext(f) != ".go" {
			continue
		}
		u := &mage
		if !magefile(root, f) {
			u = of(path.Dir(f), module)
		}
		imports, embedded := readGo(filepath.Join(root, filepath.FromSlash(f)))
		u.needs = append(u.needs, prefixed("go ", imports)...)
		u.embeds = append(u.embeds, embedded...)
	}
	for dir := range modules {
		u := unit{name: "module " + dir, more: []string{path.Join(dir, "go.mod"), path.Join(dir, "go.sum")}}
		for above := dir; ; above = path.Dir(above) {
			u.more = append(u.more, path.Join(above, "go.work"), path.Join(above, "go.work.sum"))
			if above == "." {
				break
			}
		}
		list = append(list, u)
	}
	return append(list, mage)
}

// mageUnit is what Mage builds: a change that reaches it is one of every task.
const mageUnit = "mage"

// goFiles are the endings of what a package is compiled from.
var goFiles = []string{".go", ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx", ".f", ".F", ".for", ".f90", ".s", ".S", ".sx", ".swig", ".swigcxx", ".syso"}

// modulesOf are the paths of the modules by their directories.
func modulesOf(root string, files []string) map[string]string {
	modules := map[string]string{}
	for _, f := range files {
		if path.Base(f) != "go.mod" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f)))
		if name := modfile.ModulePath(text); err == nil && name != "" {
			modules[path.Dir(f)] = name
		}
	}
	return modules
}

// moduleOf is the directory of the module that a file belongs to.
func moduleOf(modules map[string]string, file string) (dir string, found bool) {
	for dir = path.Dir(file); ; dir = path.Dir(dir) {
		if _, found = modules[dir]; found || dir == "." {
			return dir, found
		}
	}
}

// readGo is what a Go file imports and the patterns of what it embeds; nothing of one that
// is gone or broken.
func readGo(file string) (imports, embeds []string) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, nil
	}
	parsed, _ := parser.ParseFile(token.NewFileSet(), file, text, parser.ImportsOnly)
	if parsed == nil {
		return nil, nil
	}
	for _, i := range parsed.Imports {
		if name, err := strconv.Unquote(i.Path.Value); err == nil {
			imports = append(imports, name)
		}
	}
	if slices.Contains(imports, "embed") {
		embeds = EmbedPatterns(string(text))
	}
	return imports, embeds
}

// EmbedPatterns are those of the //go:embed lines of a Go file, without all:.
func EmbedPatterns(text string) (patterns []string) {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, "//go:embed ")
		for ok && strings.TrimSpace(rest) != "" {
			rest = strings.TrimSpace(rest)
			pattern, err := strconv.QuotedPrefix(rest)
			if err == nil {
				rest = rest[len(pattern):]
				pattern, _ = strconv.Unquote(pattern)
			} else if pattern = rest; strings.ContainsAny(rest, " \t") {
				pattern, rest, _ = strings.Cut(strings.ReplaceAll(rest, "\t", " "), " ")
			} else {
				rest = ""
			}
			patterns = append(patterns, strings.TrimPrefix(pattern, "all:"))
		}
	}
	return patterns
}

// embedded reports whether one of the patterns takes a file, or a directory above it.
func embedded(patterns []string, dir, file string) bool {
	rest, inside := file, dir == "."
	if !inside {
		rest, inside = strings.CutPrefix(file, dir+"/")
	}
	for ; inside && rest != "."; rest = path.Dir(rest) {
		if slices.ContainsFunc(patterns, func(p string) bool { ok, _ := path.Match(path.Clean(p), rest); return ok || path.Clean(p) == "." }) {
			return true
		}
	}
	return false
}
