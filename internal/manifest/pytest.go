package manifest

import (
	"path"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// IntegrationMark is what marks integration tests: a marker of pytest, a build tag of Go.
const IntegrationMark = "integration"

// NoTests is what pytest exits with where it has run no test.
const NoTests = 5

// pytest are the unit tests, and these with coverage. Where integration tests are marked they
// are left out, as they need a stack; that there are no others is no failure then, but it is
// one where there are no tests at all: those that there were have got lost.
func (p python) pytest() []Command {
	argv := []string{"pytest", "-v", "-p", "no:cacheprovider"}
	unit, coverage := p.command(Unit, nil), p.command(Coverage, nil)
	config := p.pytestConfig()
	declared, used := p.marks(config)
	if declared || used {
		rest := func(mark string) []string { return []string{"-m", mark} }
		if chosen := chosenMarks(config); chosen != "" && !aboutIntegration.MatchString(chosen) { // the last -m counts alone
			rest = func(mark string) []string { return []string{"-m", "(" + chosen + ") and " + mark} }
		}
		if used {
			unit.Integration = p.module(slices.Concat(argv, rest(IntegrationMark))...)
		} else {
			p.found.Warnings = append(p.found.Warnings, unit.Name+": pytest's marker "+IntegrationMark+" is declared and no test has it, so there are no integration tests: @pytest.mark."+IntegrationMark+" makes one")
		}
		argv = append(argv, rest("not "+IntegrationMark)...)
		// Lines that name single tests would be taken for tests that have begun.
		unit.AllowIf, unit.AllowedCode = p.module("pytest", "--collect-only", "--verbosity=-2", "-p", "no:cacheprovider", "-m", IntegrationMark), NoTests
		coverage.AllowIf, coverage.AllowedCode = unit.AllowIf, NoTests
	}
	unit.Argv = p.module(argv...)
	coverage.Report = report(coverage.Name, ".lcov")
	up := strings.Repeat("../", strings.Count(path.Join("./", p.dir, "x"), "/"))
	coverage.Argv = p.module(append(argv, "--cov", "--cov-report=lcov:"+up+coverage.Report)...)
	return []Command{unit, coverage}
}

// pytestConfigs are where pytest looks for its configuration, in this order, and what has to
// stand there.
var pytestConfigs = []struct {
	name  string
	words []string
}{{"pytest.toml", nil}, {".pytest.toml", nil}, {"pytest.ini", nil}, {".pytest.ini", nil}, {"pyproject.toml", []string{"[tool.pytest"}}, {"tox.ini", []string{"[pytest]"}}, {"setup.cfg", []string{"[tool:pytest]"}}}

// pytestConfig is the text of the configuration that pytest finds: in the project, else in the
// next directory above.
func (p python) pytestConfig() string {
	for dir := p.dir; ; dir = path.Dir(dir) {
		for _, c := range pytestConfigs {
			if name := path.Join(dir, c.name); p.has[name] && p.says(name, c.words) {
				text, _ := p.text(name)
				return text
			}
		}
		if dir == "." {
			return ""
		}
	}
}

var (
	markerLine = lazyregexp.New(`(?m)^\s*(?:markers\s*=\s*)?\[?\s*["']?` + IntegrationMark + `\b`)
	markerCall = lazyregexp.New(`addinivalue_line\(\s*["']markers["'],\s*f?["']` + IntegrationMark + `\b`)
	// markUsed is of tests that have the mark: not every project declares what it uses.
	markUsed = lazyregexp.New(`(?m)^[^#\n]*\bmark\.` + IntegrationMark + `\b`)
	// aboutIntegration is of an expression that says itself what becomes of these tests.
	aboutIntegration = lazyregexp.New(`\b` + IntegrationMark + `\b`)
)

// marks says that the marker is declared, by the configuration or by a conftest.py, and that
// tests have it: of one that is declared, any other mention in the code of tests may give it
// to them, as a conftest.py does by their directory.
func (p python) marks(config string) (declared, used bool) {
	declared = markerLine.MatchString(config)
	mentioned := false
	for _, name := range p.files {
		base := path.Base(name)
		conftest := base == "conftest.py" && (within(p.dir, name) || within(path.Dir(name), p.dir))
		if !conftest && (!within(p.dir, name) || !isPytest(base)) {
			continue
		}
		text, _ := p.text(name)
		declared = declared || conftest && markerCall.MatchString(text)
		used = used || markUsed.MatchString(text)
		mentioned = mentioned || aboutIntegration.MatchString(markerCall.ReplaceAllString(text, ""))
	}
	return declared, used || declared && (mentioned || slices.ContainsFunc(p.files, func(name string) bool { // python_files may say that others are tests
		text := ""
		if path.Ext(name) == ".py" && within(p.dir, name) && path.Base(name) != "conftest.py" {
			text, _ = p.text(name)
		}
		return aboutIntegration.MatchString(text)
	}))
}

var (
	// addopts is a value of TOML, or of an INI file with the lines that it goes on in.
	addopts     = lazyregexp.New(`(?m)^\s*addopts\s*=[ \t]*(\[[^\]]*\]|"""(?s:.*?)"""|.*(?:\n[ \t]+\S.*)*)`)
	listItem    = lazyregexp.New(`"((?:[^"\\]|\\.)*)"|'([^']*)'`)
	shellWord   = lazyregexp.New(`(?:[^\s"']|"[^"]*"|'[^']*')+`)
	shellQuotes = strings.NewReplacer(`"`, "", `'`, "")
)

// chosenMarks is the expression of the -m that a project's configuration gives pytest, "" for
// none.
func chosenMarks(config string) string {
	m := addopts.FindStringSubmatch(config)
	if m == nil {
		return ""
	}
	var words []string
	value := strings.TrimSpace(m[1])
	if strings.HasPrefix(value, "[") {
		for _, item := range listItem.FindAllStringSubmatch(value, -1) {
			words = append(words, strings.ReplaceAll(item[1], `\"`, `"`)+item[2])
		}
	} else {
		for _, quote := range []string{`"""`, `"`, `'`} {
			if inner, is := strings.CutPrefix(value, quote); is && strings.HasSuffix(inner, quote) { // of TOML
				value = strings.ReplaceAll(strings.TrimSuffix(inner, quote), `\"`, `"`)
				break
			}
		}
		for _, word := range shellWord.FindAllString(value, -1) {
			words = append(words, shellQuotes.Replace(word))
		}
	}
	chosen := ""
	for i, word := range words {
		switch expression, is := strings.CutPrefix(word, "-m"); {
		case is && expression != "":
			chosen = strings.TrimPrefix(strings.TrimSpace(expression), "=")
		case is && i+1 < len(words):
			chosen = words[i+1]
		}
	}
	return chosen
}
