package manifest

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

var nodeEnvironment = append([]string{"NODE_*", "npm_config_*", "NPM_CONFIG_*", "PNPM_HOME", "COREPACK_*", "YARN_*"}, environment...)

// packageJSON is what counts here of a package.json.
type packageJSON struct {
	Name           string
	PackageManager string
	Scripts        map[string]string
	Workspaces     workspaces
	dir            string

	Dependencies, DevDependencies, PeerDependencies, OptionalDependencies, Overrides, Resolutions versions
}

// versions are which versions of packages are wanted, as far as they are texts.
type versions map[string]string

// UnmarshalJSON leaves out what is no text.
func (v *versions) UnmarshalJSON(text []byte) error {
	var all map[string]any
	_ = json.Unmarshal(text, &all) // for the package manager to judge
	*v = versions{}
	for name, value := range all {
		if version, is := value.(string); is {
			(*v)[name] = version
		}
	}
	return nil
}

// local are the files and directories that the package takes others from, relative to the
// root of the repository: file:../lib, link:../lib and what is like them.
func (p packageJSON) local() (list []string) {
	for _, all := range []versions{p.Dependencies, p.DevDependencies, p.PeerDependencies, p.OptionalDependencies, p.Overrides, p.Resolutions} {
		for _, version := range all {
			kind, at, found := strings.Cut(version, ":")
			switch {
			case !found:
				at = version
			case kind != "file" && kind != "link" && kind != "portal" && kind != "workspace":
				continue
			}
			switch at, _, _ = strings.Cut(at, "#"); {
			case path.IsAbs(at) || strings.HasPrefix(at, "~/"):
				list = append(list, "..")
			case at == "." || at == ".." || strings.HasPrefix(at, "./") || strings.HasPrefix(at, "../") || found && kind != "workspace":
				list = append(list, path.Join(p.dir, at))
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
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
		n := &node{tree: t, packageJSON: p, all: packages}
		if err := n.findMembers(packages); err != nil {
			return err
		}
		for _, m := range n.members {
			taken = append(taken, m.dir)
		}
		for _, p := range append([]packageJSON{p}, n.members...) {
			r.warnOfMixed(p)
		}
		commands := n.commands()
		r.Commands = append(r.Commands, commands...)
		if len(commands) > 0 || slices.ContainsFunc(append(n.members, p), func(p packageJSON) bool { return p.runs(IntegrationScript) }) {
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
	all     []packageJSON // of the repository
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
	patterns, npm := []string(n.Workspaces), true
	if name := path.Join(n.dir, "pnpm-workspace.yaml"); n.has[name] {
		text, err := n.text(name)
		if err != nil {
			return err
		}
		var file struct{ Packages []string }
		if err := yaml.Unmarshal([]byte(text), &file); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		patterns, npm = file.Packages, false
	}
	for _, p := range packages {
		if p.dir != n.dir && within(n.dir, p.dir) && matches(patterns, strings.TrimPrefix(p.dir, strings.TrimPrefix(n.dir+"/", "./")), npm) {
			n.members = append(n.members, p)
		}
	}
	return nil
}

// matches reports whether a workspace's patterns mean a directory. One with ! takes it away
// wherever it stands; for npm not where the same without ! stands behind it. Seen with pnpm 10
// and npm 11.
func matches(patterns []string, dir string, npm bool) bool {
	found := false
	for i, pattern := range patterns {
		text, not := strings.CutPrefix(pattern, "!")
		if ok, _ := doublestar.Match(strings.Trim(strings.TrimPrefix(text, "./"), "/"), dir); !ok || not && npm && slices.Contains(patterns[i:], text) {
			continue
		}
		if found = !not; not {
			return false
		}
	}
	return found
}

// IntegrationScript is the script of integration tests, which test:integration runs.
const IntegrationScript = "test:integration"

// scripts are the names under which projects have what a kind is for, the better one first.
var scripts = map[Kind][]string{Unit: {"test:unit", "test"}, Lint: {"lint"}, Build: {"build"}, Coverage: {"coverage"}}

// integrates is a script that runs the integration tests, too.
var integrates = lazyregexp.New(`\b` + IntegrationScript + `\b`)

// script is the one that a package has for a kind, "" for none. One for unit tests that runs
// the integration tests as well would need the stack of these.
func (p packageJSON) script(kind Kind) string {
	for _, name := range scripts[kind] {
		if p.runs(name) && (kind != Unit || !integrates.MatchString(p.Scripts[name])) {
			return name
		}
	}
	return ""
}

// warnOfMixed tells of packages whose unit tests cannot be run without the integration tests.
func (r *Repository) warnOfMixed(p packageJSON) {
	if p.runs("test") && p.script(Unit) == "" {
		r.Warnings = append(r.Warnings, path.Join(p.dir, "package.json")+": its script test runs "+IntegrationScript+", so it is none of the unit tests: a script test:unit would be")
	}
}

// commands run the project's own script where it has one, else those of the members
// that have one, in their order of dependencies where the tool knows it.
func (n *node) commands() (list []Command) {
	for _, kind := range []Kind{Build, Coverage, Lint, Unit} {
		if script := n.script(kind); script != "" {
			list = append(list, n.command(kind, named(n.tool(), n.dir), n.tool(), "run", script))
			continue
		}
		with := slices.DeleteFunc(slices.Clone(n.members), func(p packageJSON) bool { return p.script(kind) == "" })
		if len(with) == 0 {
			continue
		}
		script := with[0].script(kind)
		alike := !slices.ContainsFunc(n.members, func(p packageJSON) bool { // the tool runs whatever has that name
			return (p.Scripts[script] != "") != (p.script(kind) != "") || p.script(kind) != "" && p.script(kind) != script
		})
		switch tool := n.tool(); {
		case tool == "pnpm" && alike:
			list = append(list, n.command(kind, named(tool, n.dir), tool, "--recursive", "--if-present", "run", script))
		case tool == "npm" && alike:
			list = append(list, n.command(kind, named(tool, n.dir), tool, "run", script, "--workspaces", "--if-present"))
		default:
			for _, p := range with {
				list = append(list, n.ofMember(kind, p))
			}
		}
	}
	return list
}

// ofMember runs the script of one member of a workspace.
func (n *node) ofMember(kind Kind, p packageJSON) Command {
	at := "./" + strings.TrimPrefix(p.dir, strings.TrimPrefix(n.dir+"/", "./"))
	argv := map[string][]string{"pnpm": {"pnpm", "--filter", at, "run", p.script(kind)}, "npm": {"npm", "run", p.script(kind), "--workspace", at},
		"yarn": {"yarn", "workspace", p.Name, "run", p.script(kind)}}[n.tool()] // both yarns know this form
	c := n.command(kind, named(n.tool(), p.dir), argv...)
	if kind == Build {
		c.Builds = []string{p.dir}
	}
	return c
}

func (n *node) command(kind Kind, name string, argv ...string) Command {
	dirs := []string{n.dir}
	for _, m := range n.members {
		dirs = append(dirs, m.dir)
	}
	c := Command{Kind: kind, Name: name, Tool: Node, Dir: n.dir, Dirs: dirs, Argv: argv, Programs: []string{"node"}, Env: nodeEnvironment,
		Inputs: n.inputs(), Install: named(n.tool(), n.dir)}
	if kind == Build {
		c.Builds = dirs
	}
	return c
}

// nodeAbove are what tools look for in the directories above, too.
var nodeAbove = map[string][]string{"tsconfig*.json": nil, "eslint.config.*": nil, ".eslintrc*": nil, ".prettierrc*": nil, "biome.json*": nil, "babel.config.*": nil, ".browserslistrc": nil,
	".editorconfig": nil, "package.json": {`"eslintConfig"`, `"browserslist"`}}

// inputs are all of the project, what it takes from elsewhere in the repository, and what is
// above; none where it takes something from outside.
func (n *node) inputs() []string {
	list := []string{all(n.dir)}
	queue := append([]packageJSON{n.packageJSON}, n.members...)
	for ; len(queue) > 0; queue = queue[1:] {
		for _, at := range queue[0].local() {
			if outside(at) {
				return nil
			}
			if pattern := n.pattern(at); !within(n.dir, at) && pattern != "" && !slices.Contains(list, pattern) {
				list = append(list, pattern)
				queue = append(queue, slices.DeleteFunc(slices.Clone(n.all), func(p packageJSON) bool { return p.dir != at })...)
			}
		}
	}
	return append(list, n.above(n.dir, nodeAbove)...)
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
