package task

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/composefiles"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/project"
)

// units are those of the repository that a change may reach others through.
func units(ctx context.Context, w *app.Run, files, changed []string) (list []unit, err error) {
	list = goSources(w.Root(), files, changed)
	if slices.ContainsFunc(list, func(u unit) bool { return slices.ContainsFunc(changed, u.touched) }) {
		for _, f := range files {
			if path.Base(f) != "go.mod" {
				continue
			}
			packages, err := goPackages(ctx, w, path.Dir(f))
			if err != nil {
				return nil, fmt.Errorf("list the packages of %s: %w", f, err)
			}
			list = append(list, packages...)
		}
	}
	list = append(list, nodePackages(w, files)...)
	built, err := services(ctx, w)
	return append(list, built...), err
}

// goPackages asks go for the packages of a module.
func goPackages(ctx context.Context, w *app.Run, dir string) (list []unit, err error) {
	var out, said bytes.Buffer
	err = local.Run(ctx, local.Command{Argv: []string{"go", "list", "-e", "-json=Dir,ImportPath,Imports,TestImports,XTestImports", "./..."},
		Dir: filepath.Join(w.Root(), dir), Env: w.Environ, Stdout: &out, Stderr: &said, Whole: true})
	if err != nil { // which names the file and the line
		err = fmt.Errorf("%w: %s", err, strings.Join(strings.Fields(said.String()), " "))
	}
	for d := json.NewDecoder(&out); err == nil; {
		var p struct {
			Dir, ImportPath                    string
			Imports, TestImports, XTestImports []string
		}
		if err = d.Decode(&p); err != nil {
			break
		}
		if at, ok := below(w.Root(), p.Dir); ok {
			list = append(list, unit{name: "go " + p.ImportPath, dir: at, sources: goFiles, needs: prefixed("go ", slices.Concat(p.Imports, p.TestImports, p.XTestImports))})
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return list, err
}

// locks say which packages a workspace has, and which versions: by its lock file, its
// catalogs and its settings.
var locks = []string{"pnpm-workspace.yaml", "pnpm-lock.yaml", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "bun.lock", ".npmrc", ".yarnrc.yml", ".pnpmfile.cjs"}

// nodeFiles are the endings of what a package of Node.js is written in.
var nodeFiles = []string{".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte", ".astro"}

// nodePackages are the directories with a package.json; what is needed of one that is
// elsewhere in the repository is a workspace's.
func nodePackages(w *app.Run, files []string) (list []unit) {
	var dirs []string
	for _, f := range files {
		if path.Base(f) == "package.json" {
			dirs = append(dirs, path.Dir(f))
		}
	}
	for _, dir := range dirs {
		text, err := os.ReadFile(filepath.Join(w.Root(), filepath.FromSlash(dir), "package.json"))
		var p struct {
			Name                                                                  string
			Dependencies, DevDependencies, PeerDependencies, OptionalDependencies map[string]string
		}
		if err != nil || json.Unmarshal(text, &p) != nil {
			continue
		}
		u := unit{name: "node " + cmp.Or(p.Name, dir+"/"), dir: dir, deep: true, needs: []string{"locks " + dir}}
		for _, m := range []map[string]string{p.Dependencies, p.DevDependencies, p.PeerDependencies, p.OptionalDependencies} {
			u.needs = append(u.needs, prefixed("node ", slices.Sorted(maps.Keys(m)))...)
			for _, version := range m {
				if alias, found := strings.CutPrefix(version, "workspace:"); found { // NAME@VERSION, under another name
					u.needs = append(u.needs, "node "+alias[:max(0, strings.LastIndex(alias, "@"))])
				}
			}
		}
		if dir == "." { // below it is what is none of Node's, too
			u.below = nodeFiles
		}
		within := func(of string) bool { return dir == "." || strings.HasPrefix(of, dir+"/") }
		for _, other := range dirs {
			if other != dir && within(other) {
				u.apart = append(u.apart, other)
			}
		}
		lock := unit{name: "locks " + dir}
		for above := dir; ; above = path.Dir(above) {
			for _, name := range locks {
				lock.more = append(lock.more, path.Join(above, name))
			}
			if above == "." {
				break
			}
		}
		list = append(list, u, lock)
	}
	return list
}

// services are those of the Compose files. One that is not built has no files, but what
// needs it needs what it needs.
func services(ctx context.Context, w *app.Run) (list []unit, err error) {
	l := w.ProjectLayout()
	if _, there := composefiles.Base(l.Path(l.ComposeDir)); !there {
		return nil, nil
	}
	p, err := project.Load(ctx, l, project.Options{Backend: true, Lenient: true, Profiles: []string{"*"}, Environ: w.Environ, EnvFile: os.DevNull})
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(p.Model.Services)) {
		s := p.Model.Services[name]
		dir, needs := "", slices.Sorted(maps.Keys(s.DependsOn))
		if s.Build != nil {
			dir, _ = below(w.Root(), s.Build.Context)
			for _, from := range s.Build.AdditionalContexts {
				if other, found := strings.CutPrefix(from, "service:"); found {
					needs = append(needs, other)
				}
			}
		}
		list = append(list, unit{name: "service " + name, dir: dir, deep: true, needs: append(prefixed("service ", needs), "outside "+name)})
		list = append(list, outside(w.Root(), name, s.Build))
	}
	return list, nil
}

// outside is what a service is built from beyond its context.
func outside(root, service string, b *types.BuildConfig) unit {
	u := unit{name: "outside " + service}
	if b == nil {
		return u
	}
	file := b.Dockerfile
	if !filepath.IsAbs(file) {
		file = filepath.Join(b.Context, file)
	}
	for _, from := range append(slices.Collect(maps.Values(b.AdditionalContexts)), file) {
		if _, inside := below(b.Context, from); inside || !filepath.IsAbs(from) {
			continue
		}
		if at, ok := below(root, from); ok {
			u.trees = append(u.trees, at)
		}
	}
	return u
}

// below is a directory relative to the root, if it is there.
func below(root, dir string) (string, bool) {
	for _, base := range []string{root, resolved(root)} {
		if at, err := filepath.Rel(base, dir); err == nil && filepath.IsLocal(at) {
			return filepath.ToSlash(at), true
		}
	}
	return "", false
}

func resolved(dir string) string {
	if to, err := filepath.EvalSymlinks(dir); err == nil {
		return to
	}
	return dir
}

func prefixed(prefix string, names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = prefix + n
	}
	return out
}
