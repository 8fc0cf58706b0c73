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
	config, at := p.pytestConfig()
	words := values(addopts, config)
	out := p.leftOut(config, at, words)
	declared, used, hidden := p.marks(config, out)
	if declared || used || hidden {
		rest := func(mark string) []string { return []string{"-m", mark} }
		if chosen := last(words, "-m"); chosen != "" && !aboutIntegration.MatchString(chosen) { // the last -m counts alone
			rest = func(mark string) []string { return []string{"-m", "(" + chosen + ") and " + mark} }
		}
		var all []string
		if aboutIntegration.MatchString(last(words, "-k")) { // by their names, of which the mark is one
			all = []string{"-k", ""}
		}
		switch {
		case used:
			unit.Integration = p.module(slices.Concat(argv, rest(IntegrationMark), all)...)
		case hidden:
			p.found.Warnings = append(p.found.Warnings, unit.Name+": its configuration has pytest leave out all tests with the marker "+IntegrationMark+" (--ignore, --deselect or testpaths), so there are no integration tests")
		default:
			p.found.Warnings = append(p.found.Warnings, unit.Name+": pytest's marker "+IntegrationMark+" is declared and no test has it, so there are no integration tests: @pytest.mark."+IntegrationMark+" makes one")
		}
		argv = append(argv, rest("not "+IntegrationMark)...)
		// Lines that name single tests would be taken for tests that have begun.
		unit.AllowIf, unit.AllowedCode = p.module(append([]string{"pytest", "--collect-only", "--verbosity=-2", "-p", "no:cacheprovider", "-m", IntegrationMark}, all...)...), NoTests
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

// pytestConfig is the text of the configuration that pytest finds, and its directory: the
// project's, else the next above.
func (p python) pytestConfig() (text, at string) {
	for dir := p.dir; ; dir = path.Dir(dir) {
		for _, c := range pytestConfigs {
			if name := path.Join(dir, c.name); p.has[name] && p.says(name, c.words) {
				text, _ := p.text(name)
				return text, dir
			}
		}
		if dir == "." {
			return "", p.dir
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
// to them, as a conftest.py does by their directory. hidden: tests that are left out have it.
func (p python) marks(config string, out func(string) bool) (declared, used, hidden bool) {
	declared = markerLine.MatchString(config)
	mentioned := false
	for _, name := range p.files {
		base := path.Base(name)
		conftest := base == "conftest.py" && (within(p.dir, name) || within(path.Dir(name), p.dir))
		if !conftest && (!within(p.dir, name) || !isPytest(base)) {
			continue
		}
		text, _ := p.text(name)
		if marked := markUsed.MatchString(text); out(name) {
			hidden = hidden || marked
			continue
		} else if marked {
			used = true
		}
		declared = declared || conftest && markerCall.MatchString(text)
		mentioned = mentioned || aboutIntegration.MatchString(markerCall.ReplaceAllString(text, ""))
	}
	return declared, used || declared && (mentioned || slices.ContainsFunc(p.files, func(name string) bool { // python_files may say that others are tests
		text := ""
		if path.Ext(name) == ".py" && within(p.dir, name) && path.Base(name) != "conftest.py" && !out(name) {
			text, _ = p.text(name)
		}
		return aboutIntegration.MatchString(text)
	})), hidden
}

// leftOut says which files the configuration, which lies in a directory, has pytest not look
// into. What is ignored is of the directory that pytest runs in.
func (p python) leftOut(config, at string, words []string) func(name string) bool {
	paths := values(testpaths, config)
	if at != p.dir || slices.ContainsFunc(paths, func(one string) bool { return strings.ContainsAny(one, "*?[") }) {
		paths = nil
	}
	ignored, deselected := every(words, "--ignore"), every(words, "--deselect")
	return func(name string) bool {
		is := func(one string) bool { return within(path.Join(p.dir, one), name) }
		if slices.ContainsFunc(ignored, is) {
			return true
		}
		if path.Base(name) == "conftest.py" {
			return false
		}
		return len(paths) > 0 && !slices.ContainsFunc(paths, is) ||
			slices.ContainsFunc(deselected, func(one string) bool { return strings.HasPrefix(name, path.Join(at, one)) })
	}
}

var (
	// addopts is a value of TOML, or of an INI file with the lines that it goes on in.
	addopts     = lazyregexp.New(`(?m)^\s*addopts` + option)
	testpaths   = lazyregexp.New(`(?m)^\s*testpaths` + option)
	listItem    = lazyregexp.New(`"((?:[^"\\]|\\.)*)"|'([^']*)'`)
	shellWord   = lazyregexp.New(`(?:[^\s"']|"[^"]*"|'[^']*')+`)
	shellQuotes = strings.NewReplacer(`"`, "", `'`, "")
)

const option = `\s*=[ \t]*(\[[^\]]*\]|"""(?s:.*?)"""|.*(?:\n[ \t]+\S.*)*)`

// values are the words that a project's configuration gives an option.
func values(of *lazyregexp.Regexp, config string) (words []string) {
	m := of.FindStringSubmatch(config)
	if m == nil {
		return nil
	}
	value := strings.TrimSpace(m[1])
	if strings.HasPrefix(value, "[") {
		for _, item := range listItem.FindAllStringSubmatch(value, -1) {
			words = append(words, strings.ReplaceAll(item[1], `\"`, `"`)+item[2])
		}
		return words
	}
	for _, quote := range []string{`"""`, `"`, `'`} {
		if inner, is := strings.CutPrefix(value, quote); is && strings.HasSuffix(inner, quote) { // of TOML
			value = strings.ReplaceAll(strings.TrimSuffix(inner, quote), `\"`, `"`)
			break
		}
	}
	for _, word := range shellWord.FindAllString(value, -1) {
		words = append(words, shellQuotes.Replace(word))
	}
	return words
}

// every is each value of an option that may be given several times.
func every(words []string, name string) (list []string) {
	for i, word := range words {
		value, is := strings.CutPrefix(word, name)
		switch {
		case is && strings.HasPrefix(value, "="), is && value != "" && len(name) == 2:
			list = append(list, strings.TrimPrefix(strings.TrimSpace(value), "="))
		case is && value == "" && i+1 < len(words):
			list = append(list, words[i+1])
		}
	}
	return list
}

// last is the value of an option that counts where it is given several times, "" for none.
func last(words []string, name string) string {
	list := every(words, name)
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1]
}
