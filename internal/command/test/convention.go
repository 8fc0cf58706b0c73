package test

import (
	"encoding/json"
	"errors"
	"go/build"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/manifest"
)

// What integration tests are called: a script of package.json; a build tag of Go, and a marker
// of pytest.
const (
	integrationScript = manifest.IntegrationScript
	integrationTag    = manifest.IntegrationMark
)

// Integrates reports whether a repository says of itself what its integration tests are.
func Integrates(root string, found manifest.Repository) (bool, error) {
	list, err := integrationCommands(root, found)
	if len(list) == 0 && failure.CodeOf(err) == failure.Usage {
		err = nil
	}
	return len(list) > 0, err
}

// integrationCommands are what a repository says of its integration tests.
func integrationCommands(root string, found manifest.Repository) (list []manifest.Command, err error) {
	for _, c := range found.Of(manifest.Unit) {
		if c.Tool == manifest.Go {
			one, err := goIntegration(root, c)
			if err != nil {
				return nil, err
			}
			list = append(list, one...)
		}
		if c.Integration != nil {
			c.Argv, c.AllowIf = c.Integration, nil
			list = append(list, c)
		}
	}
	scripts, err := scripted(root, found)
	list = append(list, scripts...)
	slices.SortFunc(list, func(a, b manifest.Command) int { return strings.Compare(a.Name, b.Name) })
	if err == nil && len(list) == 0 {
		err = failure.New(failure.Usage, "nothing here says what the integration tests are").
			WithDetails("looked for: a script " + integrationScript + " in package.json, Go tests with //go:build " + integrationTag + ", a pytest marker " + integrationTag).
			WithHint(`-cmd="…" says it`)
	}
	return list, err
}

// goIntegration are the packages of a module, which has unit tests, that have tests with the
// build tag.
func goIntegration(root string, unit manifest.Command) ([]manifest.Command, error) {
	var packages []string
	dir := unit.Dir
	err := filepath.WalkDir(filepath.Join(root, dir), func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); at != filepath.Join(root, dir) && (name[0] == '.' || name[0] == '_' || slices.Contains([]string{"vendor", "testdata", "node_modules"}, name) || isFile(filepath.Join(at, "go.mod"))) {
				return fs.SkipDir
			}
			return nil
		}
		if rel, _ := filepath.Rel(filepath.Join(root, dir), filepath.Dir(at)); strings.HasSuffix(at, "_test.go") && tagged(at) && !slices.Contains(packages, "./"+filepath.ToSlash(rel)) {
			packages = append(packages, "./"+filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil || len(packages) == 0 {
		return nil, err
	}
	argv := append([]string{"go", "test", "-json", "-count=1", "-tags=" + integrationTag}, packages...)
	return []manifest.Command{{Name: unit.Name, Dir: dir, Argv: argv, Set: unit.Set}}, nil // outside of a workspace it has to be told so
}

// tagged: the file is built here with the tag, and not without it.
func tagged(file string) bool {
	is := func(tags ...string) bool {
		with := build.Default
		with.BuildTags = tags
		ok, err := with.MatchFile(filepath.Dir(file), filepath.Base(file))
		return ok && err == nil
	}
	return is(integrationTag) && !is()
}

// scripted are the packages whose package.json has the script, each run by whoever
// installs it.
func scripted(root string, found manifest.Repository) (list []manifest.Command, err error) {
	for _, i := range found.Installs {
		tool, _, _ := strings.Cut(i.Name, ":")
		for _, input := range i.Inputs {
			if path.Base(input) != "package.json" {
				continue
			}
			var p struct{ Scripts map[string]string }
			text, err := os.ReadFile(filepath.Join(root, input))
			if err := errors.Join(err, json.Unmarshal(text, &p)); err != nil {
				return nil, err
			}
			if p.Scripts[integrationScript] == "" {
				continue
			}
			dir := path.Dir(input)
			name := tool
			if dir != "." {
				name += ":" + dir
			}
			list = append(list, manifest.Command{Name: name, Dir: dir, Argv: []string{tool, "run", integrationScript}, Install: i.Name})
		}
	}
	return list, nil
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}
