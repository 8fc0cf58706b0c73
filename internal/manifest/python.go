package manifest

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

var pythonEnvironment = append([]string{"PYTHON*", "VIRTUAL_ENV", "UV_*", "PIP_*", "POETRY_*"}, environment...)

// pythonManifests are what makes a directory with Python code in it a project.
var pythonManifests = []string{"pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "pytest.ini", "tox.ini"}

// pythonProjects finds them by their manifests; code without any is a script.
func pythonProjects(t *tree, r *Repository) error {
	var dirs []string
	for _, name := range t.files {
		if slices.Contains(pythonManifests, path.Base(name)) {
			dirs = append(dirs, path.Dir(name))
		}
	}
	code, tests := map[string]bool{}, map[string]bool{}
	for _, name := range t.files {
		dir, base := nearest(dirs, name), path.Base(name)
		if dir == "" || path.Ext(name) != ".py" {
			continue
		}
		code[dir] = true
		tests[dir] = tests[dir] || isPytest(base)
	}
	for _, dir := range slices.Sorted(maps.Keys(code)) {
		commands, err := python{tree: t, dir: dir, tests: tests[dir], found: r}.commands()
		if err != nil {
			return err
		}
		r.Commands = append(r.Commands, commands...)
	}
	return nil
}

// isPytest says that pytest takes a file for one of tests.
func isPytest(base string) bool {
	return path.Ext(base) == ".py" && (strings.HasPrefix(base, "test_") || strings.HasSuffix(base, "_test.py"))
}

type python struct {
	*tree
	dir   string
	tests bool
	found *Repository // which it is one of
}

// commands run pytest as a module: so the project's own directory is where Python
// looks for packages first, and pytest is that of the environment.
func (p python) commands() (list []Command, err error) {
	if p.tests {
		list = append(list, p.pytest()...)
	}
	linter, err := p.linter()
	if linter != nil {
		list = append(list, p.command(Lint, linter))
	}
	return list, err
}

func (p python) command(kind Kind, argv []string) Command {
	c := Command{Kind: kind, Name: named("python", p.dir), Tool: Python, Dir: p.dir, Dirs: []string{p.dir}, Argv: argv, Set: []string{"PYTHONDONTWRITEBYTECODE=1"}, Env: pythonEnvironment,
		Programs: p.packages()}
	if c.Inputs = p.inputs(); kind != Lint && len(c.Inputs) > 0 {
		c.Inputs = appendNew(c.Inputs, p.above(p.dir, pytestAbove)...)
	}
	return c
}

// pytestAbove are what pytest looks for in the directories above, too. ruff and flake8 are
// called where the project has its own configuration.
var pytestAbove = map[string][]string{"conftest.py": nil, "pytest.ini": nil, ".pytest.ini": nil, "pytest.toml": nil, ".pytest.toml": nil,
	"pyproject.toml": {"[tool.pytest"}, "setup.cfg": {"[tool:pytest]"}, "tox.ini": {"[pytest]"}}

// configured are the files of a project that may name what is elsewhere.
var configured = []string{"pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", "ruff.toml", ".ruff.toml", "requirements*.txt"}

var (
	// elsewhere is a path that leads out of a directory, in a file of configuration.
	elsewhere = lazyregexp.New(`(?:^|[\s="'(:@])(\.\.(?:/[^\s"'#;\[\],)]*)?)(?:$|[\s"'#;\[\],)])`)
	// ofWorkspace is a package that uv takes from the workspace.
	ofWorkspace = lazyregexp.New(`\bworkspace\s*=\s*true\b`)
)

// inputs are all of the project and what it takes from elsewhere in the repository; none where it takes something from outside.
func (p python) inputs() (list []string) {
	above := p.uv()
	seen := []string{p.dir}
	for i := 0; i < len(seen); i++ {
		dir := seen[i]
		list = appendNew(list, p.pattern(dir))
		text := p.configuration(dir)
		if above != "" && (ofWorkspace.MatchString(text) || ofWorkspace.MatchString(p.configuration(above))) {
			for _, name := range p.files { // which of them it is only uv knows
				if at := path.Dir(name); path.Base(name) == "pyproject.toml" && within(above, at) && at != above && !slices.Contains(seen, at) {
					seen = append(seen, at)
				}
			}
		}
		for line := range strings.Lines(text) {
			line, _, _ = strings.Cut(" "+line, " #") // a comment
			for _, m := range elsewhere.FindAllStringSubmatch(line, -1) {
				switch at := path.Join(dir, m[1]); {
				case outside(at):
					return nil
				case !within(p.dir, at) && !slices.Contains(seen, at) && p.pattern(at) != "":
					seen = append(seen, at)
				}
			}
		}
	}
	if above != "" && above != p.dir {
		list = appendNew(list, path.Join(above, "uv.lock"), path.Join(above, "pyproject.toml"))
	}
	return list
}

func appendNew(list []string, more ...string) []string {
	for _, one := range more {
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

// configuration is the text of what configures the project in a directory.
func (p python) configuration(dir string) string {
	var all strings.Builder
	for _, name := range p.files {
		if path.Dir(name) == dir && slices.ContainsFunc(configured, func(n string) bool { ok, _ := path.Match(n, path.Base(name)); return ok }) {
			text, _ := p.text(name)
			all.WriteString(text + "\n")
		}
	}
	return all.String()
}

// uv is the directory of the uv.lock that the project belongs to: its own, or that of
// the workspace above it; "" where there is none.
func (p python) uv() string {
	for dir := p.dir; ; dir = path.Dir(dir) {
		if p.any(dir, "uv.lock") {
			return dir
		}
		if dir == "." {
			return ""
		}
	}
}

// module is how a module of the project's environment is run.
func (p python) module(argv ...string) []string {
	return append(append(p.runner(), "-m"), argv...)
}

func (p python) runner() []string {
	switch {
	case p.uv() != "":
		return []string{"uv", "run", "--frozen", "python"}
	case p.any(p.dir, "poetry.lock"):
		return []string{"poetry", "run", "python"}
	}
	if venv := p.venv(); venv != "" {
		return []string{path.Join(venv, "bin", "python")}
	}
	return []string{"python3"}
}

// venv is the virtual environment in the project's directory, "" where there is none.
func (p python) venv() string {
	for _, venv := range []string{".venv", "venv"} {
		if p.exists(path.Join(p.dir, venv, "bin", "python")) {
			return venv
		}
	}
	return ""
}

// packages are what says which packages are installed where no lock file does: a file
// for each, relative to the project's directory. And the interpreter, since a linter is
// a program of its own.
func (p python) packages() (list []string) {
	venv := p.venv()
	if venv == "" || len(p.runner()) > 1 {
		return nil
	}
	list = []string{path.Join(venv, "bin", "python")}
	for _, record := range []string{"*.dist-info/RECORD", "*.egg-info/PKG-INFO"} {
		found, _ := fs.Glob(p, path.Join(p.dir, venv, "lib", "python*", "site-packages", record))
		for _, name := range found {
			list = append(list, strings.TrimPrefix(name, strings.TrimPrefix(p.dir+"/", "./")))
		}
	}
	return list
}

// linter is the one that the project has a configuration of.
func (p python) linter() ([]string, error) {
	text := map[string]string{}
	for _, name := range []string{"pyproject.toml", "setup.cfg", "tox.ini"} {
		var err error
		if text[name], err = p.text(path.Join(p.dir, name)); err != nil {
			return nil, err
		}
	}
	switch {
	case p.any(p.dir, "ruff.toml", ".ruff.toml") || strings.Contains(text["pyproject.toml"], "[tool.ruff"):
		ruff := []string{"ruff", "check", "--output-format=concise"}
		if runner := p.runner(); runner[len(runner)-1] == "python" && len(runner) > 1 {
			return append(runner[:len(runner)-1], ruff...), nil
		}
		return ruff, nil
	case p.any(p.dir, ".flake8") || strings.Contains(text["setup.cfg"], "[flake8]") || strings.Contains(text["tox.ini"], "[flake8]"):
		return p.module("flake8"), nil
	}
	return nil, nil
}
