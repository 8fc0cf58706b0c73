package manifest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// repository writes files; a file's content follows its name.
func repository(t *testing.T, files ...string) string {
	t.Helper()
	root := t.TempDir()
	for i := 0; i+1 < len(files); i += 2 {
		file := filepath.Join(root, filepath.FromSlash(files[i]))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// told is a line a command.
func told(t *testing.T, root string) string {
	t.Helper()
	r, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, i := range r.Installs {
		fmt.Fprintf(&b, "install %s in %s: %s (%s)\n", i.Name, i.Dir, strings.Join(i.Argv, " "), strings.Join(i.Inputs, " "))
	}
	for _, c := range r.Commands {
		fmt.Fprintf(&b, "%s %s in %s: %s (%s)\n", c.Kind, c.Name, c.Dir, strings.Join(append(c.Set, c.Argv...), " "), strings.Join(c.Inputs, " "))
	}
	return b.String()
}

func TestCommandsAreThoseOfWhatTheManifestsSay(t *testing.T) {
	t.Parallel()
	const mod = "module example.com/shop\n\ngo 1.26\n"
	for name, c := range map[string]struct {
		files []string
		want  string
	}{
		"nothing":               {[]string{"README.md", "x", "tool.py", "print()"}, ""},
		"a magefile is no code": {[]string{"go.mod", mod, "magefiles/magefile.go", "//go:build mage\n\npackage main\n", "magefile.go", "// Package x.\n\n//go:build mage\n\npackage main\n"}, ""},
		"modules, one outside of the workspace": {[]string{"go.work", "go 1.26\nuse (\n\t.\n\t./lib\n)\n", "go.mod", mod, "main.go", "package main\n",
			"lib/go.mod", "module example.com/lib\nreplace example.com/shop => ../\n", "lib/lib.go", "package lib\n", "lib/lib_test.go", "package lib\n",
			"tool/go.mod", "module example.com/tool\n", "tool/main.go", "package main\n", "tool/.golangci.yml", "version: 2\n", "node_modules/x/x.go", "package x\n"},
			`build go in .: go build ./... (** go.work lib/**)
build go:lib in lib: go build ./... (** go.work lib/**)
build go:tool in tool: GOWORK=off go build ./... (tool/**)
coverage go:lib in lib: go test -json -coverprofile=../.spellbook/coverage/go-lib.out ./... (** go.work lib/**)
lint go in .: go vet ./... (** go.work lib/**)
lint go:lib in lib: go vet ./... (** go.work lib/**)
lint go:tool in tool: GOWORK=off golangci-lint run (tool/**)
unit go:lib in lib: go test -json ./... (** go.work lib/**)
`},
		"modules that use others outside": {[]string{"go.work", "go 1.26\nuse ./lib\nuse ./tool\nreplace example.com/x => ./x\n", "lib/go.mod", "module example.com/lib\n", "lib/lib.go", "package lib\n",
			"tool/go.mod", "module example.com/tool\nreplace example.com/y => ../../y\n", "tool/main.go", "package main\n",
			"abs/go.mod", "module example.com/abs\nreplace example.com/y => /y\n", "abs/main.go", "package main\n"},
			`build go:abs in abs: GOWORK=off go build ./... ()
build go:lib in lib: go build ./... ()
build go:tool in tool: go build ./... ()
lint go:abs in abs: GOWORK=off go vet ./... ()
lint go:lib in lib: go vet ./... ()
lint go:tool in tool: go vet ./... ()
`},
		"a module with a directive of a later Go": {[]string{"go.work", "go 1.26\nuse ./lib\nuse ./tool\n", "lib/go.mod", "module example.com/lib\n", "lib/lib.go", "package lib\n",
			"tool/go.mod", "module example.com/tool\nnovelty x\n", "tool/tool.go", "package tool\n"},
			`build go:lib in lib: go build ./... ()
build go:tool in tool: go build ./... ()
lint go:lib in lib: go vet ./... ()
lint go:tool in tool: go vet ./... ()
`},
		"a workspace with a directive of a later Go": {[]string{"go.work", "go 1.26\nuse ./lib\nnovelty x\n", "lib/go.mod", "module example.com/lib\n", "lib/lib.go", "package lib\n",
			"tool/go.mod", "module example.com/tool\n", "tool/tool.go", "package tool\n", "web/package.json", `{"scripts": {"test": "x"}}`},
			`install npm:web in web: npm install (web/package.json web/package-lock.json)
build go:lib in lib: go build ./... ()
build go:tool in tool: GOWORK=off go build ./... (tool/**)
lint go:lib in lib: go vet ./... ()
lint go:tool in tool: GOWORK=off go vet ./... (tool/**)
unit npm:web in web: npm run test (web/**)
`},
		"a module with syntax of a later Go": {[]string{"a/go.mod", "module example.com/a\nnovelty (\n", "a/a.go", "package a\n", "b/go.mod", "module example.com/b\n", "b/b.go", "package b\n"},
			`build go:a in a: go build ./... ()
build go:b in b: go build ./... (b/**)
lint go:a in a: go vet ./... ()
lint go:b in b: go vet ./... (b/**)
`},
		"modules that use others within": {[]string{"go.work", "go 1.26\nuse ./lib\nuse ./tool\nreplace example.com/x => ./x\n", "lib/go.mod", "module example.com/lib\n", "lib/lib.go", "package lib\n",
			"tool/go.mod", "module example.com/tool\nreplace example.com/y => ../y\n", "tool/README.md", ""},
			`build go:lib in lib: go build ./... (go.work lib/** tool/** x/** y/**)
lint go:lib in lib: go vet ./... (go.work lib/** tool/** x/** y/**)
`},
		"a workspace that leads outside": {[]string{"go.work", "go 1.26\nuse .\nuse ../lib\n", "go.mod", mod, "main.go", "package main\n"},
			`build go in .: go build ./... ()
lint go in .: go vet ./... ()
`},
		"a pnpm workspace": {[]string{"package.json", `{"packageManager": "pnpm@10.0.0", "scripts": {"lint": "eslint .", "test": "echo \"Error: no test specified\" && exit 1"}}`,
			"pnpm-workspace.yaml", "packages: ['packages/*', '!packages/old']\n", "pnpm-lock.yaml", "",
			"packages/a/package.json", `{"name": "a", "scripts": {"test": "node --test", "build": "tsc"}}`, "packages/b/package.json", `{"name": "b"}`,
			"packages/old/package.json", `{"name": "old", "scripts": {"test": "true"}}`},
			`install pnpm in .: pnpm install --frozen-lockfile (package.json packages/a/package.json packages/b/package.json pnpm-lock.yaml pnpm-workspace.yaml)
install npm:packages/old in packages/old: npm install (packages/old/package.json packages/old/package-lock.json)
build pnpm in .: pnpm --recursive --if-present run build (**)
lint pnpm in .: pnpm run lint (**)
unit npm:packages/old in packages/old: npm run test (packages/old/**)
unit pnpm in .: pnpm --recursive --if-present run test (**)
`},
		"npm and yarn workspaces": {[]string{"web/package.json", `{"workspaces": ["apps/*"]}`, "web/package-lock.json", "{}", "web/apps/a/package.json", `{"name": "a", "scripts": {"test": "x", "coverage": "y"}}`,
			"old/package.json", `{"workspaces": {"packages": ["apps/**"]}}`, "old/yarn.lock", "", "old/apps/x/a/package.json", `{"name": "@x/a", "scripts": {"lint": "x"}}`},
			`install yarn:old in old: yarn install --frozen-lockfile (old/package.json old/apps/x/a/package.json old/yarn.lock)
install npm:web in web: npm ci --no-audit --no-fund (web/package.json web/apps/a/package.json web/package-lock.json)
coverage npm:web in web: npm run coverage --workspaces --if-present (web/**)
lint yarn:old/apps/x/a in old: yarn workspace @x/a run lint (old/**)
unit npm:web in web: npm run test --workspaces --if-present (web/**)
`},
		"Python, plain, in an environment, and with uv": {[]string{"pyproject.toml", "[tool.ruff]\n", "shop.py", "", "tests/test_shop.py", "",
			"a/requirements.txt", "", "a/setup.cfg", "[flake8]\n", "a/a_test.py", "", "a/.venv/bin/python", "", "a/env/pyvenv.cfg", "", "a/env/lib/test_x.py", "",
			"b/uv.lock", "", "b/pyproject.toml", "[tool.ruff.lint]\n", "b/c/pyproject.toml", "", "b/c/test_c.py", "", "b/b.py", ""},
			`coverage python in .: PYTHONDONTWRITEBYTECODE=1 python3 -m pytest -v -p no:cacheprovider --cov --cov-report=lcov:.spellbook/coverage/python.lcov (**)
coverage python:a in a: PYTHONDONTWRITEBYTECODE=1 .venv/bin/python -m pytest -v -p no:cacheprovider --cov --cov-report=lcov:../.spellbook/coverage/python-a.lcov (a/**)
coverage python:b/c in b/c: PYTHONDONTWRITEBYTECODE=1 uv run --frozen python -m pytest -v -p no:cacheprovider --cov --cov-report=lcov:../../.spellbook/coverage/python-b-c.lcov (b/c/** b/uv.lock b/pyproject.toml)
lint python in .: PYTHONDONTWRITEBYTECODE=1 ruff check --output-format=concise (**)
lint python:a in a: PYTHONDONTWRITEBYTECODE=1 .venv/bin/python -m flake8 (a/**)
lint python:b in b: PYTHONDONTWRITEBYTECODE=1 uv run --frozen ruff check --output-format=concise (b/**)
unit python in .: PYTHONDONTWRITEBYTECODE=1 python3 -m pytest -v -p no:cacheprovider (**)
unit python:a in a: PYTHONDONTWRITEBYTECODE=1 .venv/bin/python -m pytest -v -p no:cacheprovider (a/**)
unit python:b/c in b/c: PYTHONDONTWRITEBYTECODE=1 uv run --frozen python -m pytest -v -p no:cacheprovider (b/c/** b/uv.lock b/pyproject.toml)
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := told(t, repository(t, c.files...)); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestProgramsAreWhatElseACommandUses(t *testing.T) {
	t.Parallel()
	r, err := Read(repository(t, "web/package.json", `{"scripts": {"test": "x"}}`, "setup.cfg", "[flake8]\n", "a.py", "",
		"venv/bin/python", "", "venv/pyvenv.cfg", "", "venv/lib/python3.13/site-packages/attrs-1.0.dist-info/RECORD", "",
		"api/.venv/bin/python", "", "api/.venv/lib/python3.13/site-packages/attrs-2.0.egg-info/PKG-INFO", "", "api/setup.py", "", "api/test_a.py", "",
		"locked/uv.lock", "", "locked/.venv/bin/python", "", "locked/pyproject.toml", "", "locked/test_a.py", ""))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range r.Commands {
		got[string(c.Kind)+" "+c.Name] = strings.Join(c.Programs, " ")
	}
	for name, want := range map[string]string{"unit npm:web": "node", "unit python:locked": "",
		"lint python":     "venv/bin/python venv/lib/python3.13/site-packages/attrs-1.0.dist-info/RECORD",
		"unit python:api": ".venv/bin/python .venv/lib/python3.13/site-packages/attrs-2.0.egg-info/PKG-INFO"} {
		if text, ok := got[name]; !ok || text != want {
			t.Errorf("%s: %q, want %q", name, text, want)
		}
	}
}

func TestWhatALaterGoHasIsOneWarningWithFileAndLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files []string
		want  string
	}{
		"nothing":   {[]string{"go.work", "go 1.26\nuse ./a\n", "a/go.mod", "module example.com/a\n"}, ""},
		"workspace": {[]string{"go.work", "go 1.26\n\nnovelty x\n", "a/go.mod", "module example.com/a\n"}, "go.work:3: unknown directive: novelty"},
		"module":    {[]string{"go.work", "go 1.26\nuse ./a\n", "a/go.mod", "module example.com/a\nnovelty x\n"}, "a/go.mod:2: unknown directive: novelty"},
		"syntax":    {[]string{"a/go.mod", "module example.com/a\nnovelty (\n"}, "a/go.mod:3"},
	} {
		r, err := Read(repository(t, append(c.files, "a/a.go", "package a\n", "b/go.mod", "module example.com/b\n", "b/b.go", "package b\n")...))
		if err != nil || r.Modules["example.com/a"] != "a" || r.Modules["example.com/b"] != "b" {
			t.Errorf("%s: %v, %v", name, r.Modules, err)
		}
		if got := strings.Join(r.Warnings, "|"); !strings.HasPrefix(got, c.want) || strings.Contains(got, "|") || (got == "") != (c.want == "") {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestAManifestThatCannotBeReadIsNamed(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"a/package.json": "{", "b/go.mod": "no", "pnpm-workspace.yaml": "\t:"} {
		files := []string{name, text, "b/b.go", "package b", "package.json", "{}"}
		if _, err := Read(repository(t, files...)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// inputsOf are the inputs of a command.
func inputsOf(t *testing.T, root, command string) string {
	t.Helper()
	r, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Commands {
		if string(c.Kind)+" "+c.Name == command {
			return strings.Join(c.Inputs, " ")
		}
	}
	t.Fatalf("no command %s among %v", command, r.Commands)
	return ""
}

func TestInputsAreWhatAProjectTakesFromElsewhereToo(t *testing.T) {
	t.Parallel()
	module := func(dir string) []string {
		return []string{dir + "/go.mod", "module example.com/" + dir + "\n", dir + "/x.go", "package x\n"}
	}
	for name, c := range map[string]struct {
		files         []string
		command, want string
	}{
		"a workspace of Go in a directory": {append(append(module("back/api"), module("back/lib")...), "back/go.work", "go 1.26\nuse ./api\nuse ./lib\n", "back/go.work.sum", ""),
			"build go:back/api", "back/api/** back/go.work back/go.work.sum back/lib/**"},
		"one of another directory": {append(append(module("back/api"), module("tool")...), "back/go.work", "go 1.26\nuse ./api\n"), "build go:tool", "tool/**"},
		"one within another": {append(append(module("back/api"), module("tool")...), "back/go.work", "go 1.26\nuse ./api\n", "go.work", "go 1.26\nuse ./tool\n"),
			"build go:back/api", "back/api/** back/go.work"},
		"packages of Node by their directories": {[]string{"web/package.json", `{"scripts": {"test": "x"}, "dependencies": {"a": "file:../a", "x": "^1.0.0", "odd": {}}, "devDependencies": {"b": "link:../libs/b", "own": "./own", "gone": "file:../gone"}}`,
			"a/package.json", `{"dependencies": {"c": "../c"}}`, "c/package.json", `{"dependencies": {"web": "file:../web", "pack": "file:../packed.tgz"}}`, "packed.tgz", "", "libs/b/x.js", "", "web/own/x.js", ""},
			"unit npm:web", "web/** a/** libs/b/** c/** packed.tgz"},
		"one of them outside":             {[]string{"web/package.json", `{"scripts": {"test": "x"}, "dependencies": {"a": "file:../../a"}}`}, "unit npm:web", ""},
		"dependencies that are no object": {[]string{"web/package.json", `{"scripts": {"test": "x"}, "dependencies": []}`}, "unit npm:web", "web/**"},
		"what tools of Node find above": {[]string{"apps/web/package.json", `{"scripts": {"test": "x"}}`, "tsconfig.base.json", "", "eslint.config.mjs", "", "apps/.prettierrc", "", "other/tsconfig.json", "", "main.ts", ""},
			"unit npm:apps/web", "apps/web/** apps/.prettierrc eslint.config.mjs tsconfig.base.json"},
		"members of a workspace of uv": {[]string{"uv.lock", "", "pyproject.toml", "[tool.uv.workspace]\nmembers = ['libs/*', 'services/*']\n", "libs/shared/pyproject.toml", "", "libs/shared/s.py", "",
			"services/api/pyproject.toml", "[tool.uv.sources]\nshared = { workspace = true }\n", "services/api/test_a.py", ""}, "unit python:services/api", "services/api/** libs/shared/** uv.lock pyproject.toml"},
		"a member that uses none": {[]string{"uv.lock", "", "pyproject.toml", "", "libs/shared/pyproject.toml", "", "services/api/pyproject.toml", "", "services/api/test_a.py", ""},
			"unit python:services/api", "services/api/** uv.lock pyproject.toml"},
		"Python by its directories": {[]string{"api/pyproject.toml", "[tool.poetry.dependencies]\nlib = {path = \"../lib\", develop = true} # not ../../this\n", "api/test_a.py", "", "api/requirements-dev.txt", "-e ../tools\n-r ../base.txt\n-r ../none.txt\n",
			"lib/pyproject.toml", "x = '../deep'\n", "deep/x.py", "", "tools/x.py", "", "base.txt", ""}, "unit python:api", "api/** lib/** tools/** base.txt deep/**"},
		"Python outside": {[]string{"api/requirements.txt", "../../lib\n", "api/test_a.py", ""}, "unit python:api", ""},
		"what pytest finds above": {[]string{"services/api/requirements.txt", "", "services/api/test_a.py", "", "conftest.py", "", "services/pyproject.toml", "[tool.pytest.ini_options]\n", "pyproject.toml", "[tool.black]\n", "other/conftest.py", ""},
			"unit python:services/api", "services/api/** conftest.py services/pyproject.toml"},
		"what tools of Node find in a manifest above": {[]string{"apps/web/package.json", `{"scripts": {"test": "x"}}`, "apps/package.json", "{}", "package.json", `{"eslintConfig": {}}`},
			"unit npm:apps/web", "apps/web/** package.json"},
	} {
		if got := inputsOf(t, repository(t, c.files...), c.command); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// go reads it whatever git has to do with it.
func TestAWorkspaceOfGoAboveTheRepositoryMayUseAnything(t *testing.T) {
	t.Parallel()
	above := repository(t, "go.work", "go 1.26\nuse ./shop\nuse ./lib\n", "shop/go.mod", "module example.com/shop\n", "shop/x.go", "package x\n")
	if got := inputsOf(t, filepath.Join(above, "shop"), "build go"); got != "" {
		t.Errorf("inputs are %q", got)
	}
	if err := os.WriteFile(filepath.Join(above, "shop", "go.work"), []byte("go 1.26\nuse .\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := inputsOf(t, filepath.Join(above, "shop"), "build go"); got != "** go.work" {
		t.Errorf("with one of its own inputs are %q", got)
	}
}

// What is in no workspace is a project of its own, whose tests nobody else runs.
func TestWhatAWorkspaceTakesAwayIsNoMemberWhereverThatStands(t *testing.T) {
	t.Parallel()
	const test = `{"scripts": {"test": "x"}}`
	for patterns, want := range map[string][2]string{ // of pnpm, of npm
		`"packages/*"`: {"unit:.", "unit:."}, `"!packages/x", "packages/*"`: {"unit:. unit:packages/x", "unit:. unit:packages/x"},
		`"packages/*", "!packages/x"`: {"unit:. unit:packages/x", "unit:. unit:packages/x"}, `"packages/*", "!packages/x", "packages/x"`: {"unit:. unit:packages/x", "unit:."},
	} {
		for i, files := range [][]string{{"package.json", "{}", "pnpm-workspace.yaml", "packages: [" + patterns + "]\n"}, {"package.json", `{"workspaces": [` + patterns + `]}`}} {
			r, err := Read(repository(t, append(files, "packages/x/package.json", test, "packages/y/package.json", test)...))
			var got []string
			for _, c := range r.Commands {
				got = append(got, string(c.Kind)+":"+c.Dir)
			}
			slices.Sort(got)
			if text := strings.Join(got, " "); text != want[i] || err != nil {
				t.Errorf("%s: got %s, want %s, %v", patterns, text, want[i], err)
			}
		}
	}
}
