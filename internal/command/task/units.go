package task

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/project"
)

// units are those of the repository that a change may reach others through. What
// cannot be read has none: the tasks' own inputs count in any case.
func units(ctx context.Context, w *app.Run, files, changed []string) (list []unit) {
	if slices.ContainsFunc(changed, func(f string) bool { return strings.HasSuffix(f, ".go") }) {
		for _, f := range files {
			if path.Base(f) == "go.mod" {
				list = append(list, goPackages(ctx, w, path.Dir(f))...)
			}
		}
	}
	list = append(list, nodePackages(w, files)...)
	return append(list, services(ctx, w)...)
}

// goPackages asks go for the packages of a module.
func goPackages(ctx context.Context, w *app.Run, dir string) (list []unit) {
	var out bytes.Buffer
	_ = local.Run(ctx, local.Command{Argv: []string{"go", "list", "-e", "-json=Dir,ImportPath,Imports,TestImports,XTestImports", "./..."},
		Dir: filepath.Join(w.Root(), dir), Env: w.Environ, Stdout: &out, Stderr: io.Discard, Whole: true})
	for d := json.NewDecoder(&out); ; {
		var p struct {
			Dir, ImportPath                    string
			Imports, TestImports, XTestImports []string
		}
		if d.Decode(&p) != nil {
			return list
		}
		if at, ok := below(w.Root(), p.Dir); ok {
			list = append(list, unit{name: "go " + p.ImportPath, dir: at, needs: prefixed("go ", slices.Concat(p.Imports, p.TestImports, p.XTestImports))})
		}
	}
}

// nodePackages are the directories with a package.json; what is needed of one that is
// elsewhere in the repository is a workspace's.
func nodePackages(w *app.Run, files []string) (list []unit) {
	for _, f := range files {
		if path.Base(f) != "package.json" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(w.Root(), filepath.FromSlash(f)))
		var p struct {
			Name                                                                  string
			Dependencies, DevDependencies, PeerDependencies, OptionalDependencies map[string]string
		}
		if err != nil || json.Unmarshal(text, &p) != nil || p.Name == "" {
			continue
		}
		var needs []string
		for _, m := range []map[string]string{p.Dependencies, p.DevDependencies, p.PeerDependencies, p.OptionalDependencies} {
			needs = append(needs, slices.Sorted(maps.Keys(m))...)
		}
		list = append(list, unit{name: "node " + p.Name, dir: path.Dir(f), deep: path.Dir(f) != ".", needs: prefixed("node ", needs)})
	}
	return list
}

// services are those of the Compose files that are built.
func services(ctx context.Context, w *app.Run) (list []unit) {
	p, err := project.Load(ctx, w.ProjectLayout(), project.Options{Backend: true, Lenient: true, Profiles: []string{"*"}, Environ: w.Environ, EnvFile: os.DevNull})
	if err != nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(p.Model.Services)) {
		s := p.Model.Services[name]
		if s.Build == nil {
			continue
		}
		dir, ok := below(w.Root(), s.Build.Context)
		if !ok {
			continue
		}
		needs := slices.Sorted(maps.Keys(s.DependsOn))
		for _, from := range s.Build.AdditionalContexts {
			if other, found := strings.CutPrefix(from, "service:"); found {
				needs = append(needs, other)
			}
		}
		list = append(list, unit{name: "service " + name, dir: dir, deep: true, needs: prefixed("service ", needs)})
	}
	return list
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
