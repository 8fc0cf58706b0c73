// Package manifest finds the manifests and lock files that a build's sources
// carry, and reads from them what the image depends on: go.mod, uv.lock,
// poetry.lock, requirements.txt, pyproject.toml, package-lock.json,
// pnpm-lock.yaml and package.json. It imports sbom and failure; it
// reads from a file system that it is handed.
package manifest

import (
	"path"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/sbom"
)

// Build is what there is to know of a build. Paths are those of the context,
// with slashes.
type Build struct {
	Files []string // those of the context, sorted; what its ignore file keeps out is none
	Dir   string   // of the Dockerfile; "" where that is outside of the context
	Text  []byte   // the Dockerfile
	// Target and Args are as in the build section.
	Target string
	Args   map[string]string
}

// Found is a manifest, and whose it is.
type Found struct {
	Ecosystem sbom.Ecosystem
	Path      string
}

// kinds are the manifests by ecosystem, those first that fix more.
var kinds = []struct {
	ecosystem sbom.Ecosystem
	pattern   string
	read      reader
}{
	{sbom.Go, "go.mod", readGo},
	{sbom.PyPI, "uv.lock", readUV},
	{sbom.PyPI, "poetry.lock", readPoetry},
	{sbom.PyPI, "requirements*.txt", readRequirements},
	{sbom.PyPI, "pyproject.toml", readPyproject},
	{sbom.NPM, "package-lock.json", readNPM},
	{sbom.NPM, "npm-shrinkwrap.json", readNPM},
	{sbom.NPM, "pnpm-lock.yaml", readPNPM},
	{sbom.NPM, "package.json", readPackageJSON},
}

// kindOf is the place among kinds of a file; -1 for no manifest.
func kindOf(file string) int {
	for i, k := range kinds {
		if ok, _ := path.Match(k.pattern, path.Base(file)); ok {
			return i
		}
	}
	return -1
}

// Find names the manifests that a build works with, sorted: those that its
// Dockerfile copies or mounts by name; else those beside the Dockerfile, where
// it copies that directory; else those in the directories it copies. Of several
// in one directory and ecosystem the one counts that fixes most. Stages that
// the target does not need count for nothing.
func Find(b Build) ([]Found, error) {
	sources, err := copied(b)
	if err != nil {
		return nil, err
	}
	byName, dirs := match(sources, b.Files)
	if list := best(slices.DeleteFunc(byName, func(f string) bool { return kindOf(f) < 0 })); len(list) > 0 {
		return list, nil
	}
	if b.Dir != "" && b.Dir != "." && slices.ContainsFunc(dirs, func(dir string) bool { return within(dir, b.Dir) }) {
		if list := best(manifestsIn(b.Files, b.Dir)); len(list) > 0 {
			return list, nil
		}
	}
	var all []string
	for _, dir := range dirs {
		all = append(all, manifestsIn(b.Files, dir)...)
	}
	return best(all), nil
}

// match tells which of the context's files the sources name, and which of its
// directories. A source may be a pattern.
func match(sources, files []string) (named, dirs []string) {
	parents := directories(files)
	for _, source := range sources {
		source = path.Clean(strings.TrimLeft(source, "/"))
		for _, f := range files {
			if ok, err := path.Match(source, f); ok && err == nil || f == source {
				named = append(named, f)
			}
		}
		for _, dir := range parents {
			if ok, err := path.Match(source, dir); ok && err == nil || dir == source {
				dirs = append(dirs, dir)
			}
		}
	}
	return named, dirs
}

// directories are all that have files in them, the root "." included.
func directories(files []string) []string {
	seen := map[string]bool{".": true}
	list := []string{"."}
	for _, f := range files {
		for dir := path.Dir(f); !seen[dir]; dir = path.Dir(dir) {
			seen[dir] = true
			list = append(list, dir)
		}
	}
	return list
}

func within(dir, path string) bool {
	return dir == "." || dir == path || strings.HasPrefix(path, dir+"/")
}

// manifestsIn are those right in a directory. requirements.txt stands for the
// others of its kind, which are for tests and tools as a rule.
func manifestsIn(files []string, dir string) []string {
	var list []string
	for _, f := range files {
		if path.Dir(f) == dir && kindOf(f) >= 0 {
			list = append(list, f)
		}
	}
	if slices.Contains(list, path.Join(dir, "requirements.txt")) {
		list = slices.DeleteFunc(list, func(f string) bool {
			return strings.HasPrefix(path.Base(f), "requirements") && path.Base(f) != "requirements.txt"
		})
	}
	return list
}

// best keeps, of each directory and ecosystem, the kind that fixes most.
func best(files []string) []Found {
	type place struct {
		dir       string
		ecosystem sbom.Ecosystem
	}
	least := map[place]int{}
	for _, f := range files {
		k := kindOf(f)
		p := place{path.Dir(f), kinds[k].ecosystem}
		if have, seen := least[p]; !seen || k < have {
			least[p] = k
		}
	}
	slices.Sort(files)
	var list []Found
	for _, f := range slices.Compact(files) {
		k := kindOf(f)
		if least[place{path.Dir(f), kinds[k].ecosystem}] == k {
			list = append(list, Found{kinds[k].ecosystem, f})
		}
	}
	return list
}
