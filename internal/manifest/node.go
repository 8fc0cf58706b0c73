package manifest

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"go.yaml.in/yaml/v4"
)

var nodeEnvironment = append([]string{"NODE_*", "npm_config_*", "NPM_CONFIG_*", "PNPM_HOME", "COREPACK_*", "YARN_*"}, environment...)

// packageJSON is what counts here of a package.json.
type packageJSON struct {
	Name           string
	PackageManager string
	Scripts        map[string]string
	Workspaces     workspaces
	dir            string
}

// workspaces are a list of patterns, or an object with it.
type workspaces []string

// UnmarshalJSON reads both forms.
func (w *workspaces) UnmarshalJSON(text []byte) error {
	var list []string
	if json.Unmarshal(text, &list) == nil {
		*w = list
		return nil
	}
	var object struct{ Packages []string }
	err := json.Unmarshal(text, &object)
	*w = object.Packages
	return err
}

// runs reports whether there is such a script, but for the one that npm init writes.
func (p packageJSON) runs(script string) bool {
	text := p.Scripts[script]
	return text != "" && !strings.Contains(text, "Error: no test specified")
}

// nodeProjects finds each package.json that is no member of a workspace above it.
func nodeProjects(t *tree, r *Repository) error {
	var packages []packageJSON
	for _, name := range t.files {
		if path.Base(name) != "package.json" {
			continue
		}
		p := packageJSON{dir: path.Dir(name)}
		text, err := t.text(name)
		if err == nil {
			err = json.Unmarshal([]byte(text), &p)
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		packages = append(packages, p)
	}
	depth := func(p packageJSON) int { return strings.Count(path.Join("/", p.dir, "x"), "/") } // the root's is below all others'
	slices.SortStableFunc(packages, func(a, b packageJSON) int { return depth(a) - depth(b) })
	var taken []string
	for _, p := range packages {
		if slices.Contains(taken, p.dir) {
			continue
		}
		n := &node{tree: t, packageJSON: p}
		if err := n.findMembers(packages); err != nil {
			return err
		}
		for _, m := range n.members {
			taken = append(taken, m.dir)
		}
		if commands := n.commands(); len(commands) > 0 {
			r.Commands = append(r.Commands, commands...)
			r.Installs = append(r.Installs, n.install())
		}
	}
	return nil
}

// node is a project of Node.js: one package, or a workspace with its members.
type node struct {
	*tree
	packageJSON
	members []packageJSON
}

// tool is the package manager, by what the project says or by its lock file.
func (n *node) tool() string {
	for _, tool := range []string{"pnpm", "yarn", "npm"} {
		if strings.HasPrefix(n.PackageManager, tool+"@") {
			return tool
		}
	}
	switch {
	case n.any(n.dir, "pnpm-lock.yaml", "pnpm-workspace.yaml"):
		return "pnpm"
	case n.any(n.dir, "yarn.lock"):
		return "yarn"
	}
	return "npm"
}

func (n *node) findMembers(packages []packageJSON) error {
	patterns := []string(n.Workspaces)
	if name := path.Join(n.dir, "pnpm-workspace.yaml"); n.has[name] {
		text, err := n.text(name)
		if err != nil {
			return err
		}
		var file struct{ Packages []string }
		if err := yaml.Unmarshal([]byte(text), &file); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		patterns = file.Packages
	}
	for _, p := range packages {
		if p.dir != n.dir && within(n.dir, p.dir) && matches(patterns, strings.TrimPrefix(p.dir, strings.TrimPrefix(n.dir+"/", "./"))) {
			n.members = append(n.members, p)
		}
	}
	return nil
}

// matches reports whether a workspace's patterns mean a directory.
func matches(patterns []string, dir string) bool {
	found := false
	for _, pattern := range patterns {
		pattern, not := strings.CutPrefix(pattern, "!")
		if ok, _ := doublestar.Match(strings.Trim(strings.TrimPrefix(pattern, "./"), "/"), dir); ok {
			found = !not
		}
	}
	return found
}

// scripts are the names under which projects have what a kind is for.
var scripts = map[Kind]string{Unit: "test", Lint: "lint", Build: "build", Coverage: "coverage"}

// commands run the project's own script where it has one, else those of the members
// that have one, in their order of dependencies where the tool knows it.
func (n *node) commands() (list []Command) {
	for _, kind := range []Kind{Build, Coverage, Lint, Unit} {
		script := scripts[kind]
		with := slices.DeleteFunc(slices.Clone(n.members), func(p packageJSON) bool { return !p.runs(script) })
		switch {
		case n.runs(script):
			list = append(list, n.command(kind, named(n.tool(), n.dir), n.tool(), "run", script))
		case len(with) == 0:
		case n.tool() == "pnpm":
			list = append(list, n.command(kind, named("pnpm", n.dir), "pnpm", "--recursive", "--if-present", "run", script))
		case n.tool() == "npm":
			list = append(list, n.command(kind, named("npm", n.dir), "npm", "run", script, "--workspaces", "--if-present"))
		default: // both yarns know this form
			for _, p := range with {
				c := n.command(kind, named("yarn", p.dir), "yarn", "workspace", p.Name, "run", script)
				if kind == Build {
					c.Builds = []string{p.dir}
				}
				list = append(list, c)
			}
		}
	}
	return list
}

func (n *node) command(kind Kind, name string, argv ...string) Command {
	dirs := []string{n.dir}
	for _, m := range n.members {
		dirs = append(dirs, m.dir)
	}
	c := Command{Kind: kind, Name: name, Tool: Node, Dir: n.dir, Dirs: dirs, Argv: argv, Programs: []string{"node"}, Env: nodeEnvironment,
		Inputs: []string{all(n.dir)}, Install: named(n.tool(), n.dir)}
	if kind == Build {
		c.Builds = dirs
	}
	return c
}

// install installs what the lock file says, and fails where that is not what the
// manifests say.
func (n *node) install() Install {
	i := Install{Name: named(n.tool(), n.dir), Dir: n.dir, Env: nodeEnvironment, Modules: path.Join(n.dir, "node_modules")}
	lock := map[string]string{"pnpm": "pnpm-lock.yaml", "yarn": "yarn.lock", "npm": "package-lock.json"}[n.tool()]
	frozen := n.any(n.dir, lock)
	switch {
	case n.tool() == "pnpm" && frozen:
		i.Argv = []string{"pnpm", "install", "--frozen-lockfile"}
	case n.tool() == "npm" && frozen:
		i.Argv = []string{"npm", "ci", "--no-audit", "--no-fund"}
	case n.tool() == "yarn" && frozen && n.berry():
		i.Argv = []string{"yarn", "install", "--immutable"}
	case n.tool() == "yarn" && frozen:
		i.Argv = []string{"yarn", "install", "--frozen-lockfile"}
	default:
		i.Argv = []string{n.tool(), "install"}
	}
	for _, p := range append([]packageJSON{n.packageJSON}, n.members...) {
		i.Inputs = append(i.Inputs, path.Join(p.dir, "package.json"))
	}
	for _, name := range []string{lock, "pnpm-workspace.yaml", ".npmrc", ".yarnrc.yml", ".pnpmfile.cjs"} {
		if name == lock || n.any(n.dir, name) { // a lock file may be written by the first install
			i.Inputs = append(i.Inputs, path.Join(n.dir, name))
		}
	}
	return i
}

// berry is a yarn from 2 on.
func (n *node) berry() bool {
	return n.any(n.dir, ".yarnrc.yml") || n.PackageManager != "" && !strings.HasPrefix(n.PackageManager, "yarn@1.")
}
