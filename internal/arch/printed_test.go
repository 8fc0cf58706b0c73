package arch_test

import (
	"go/ast"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// printedList has each command that a message may print, and the test that runs it.
const printedList = "internal/arch/testdata/printed.txt"

// command is where one begins in a text: a target, or a subcommand of a program
// whose spelling may change. What the shell and package managers are told with
// (rm, unset, sudo apt-get) is not here: no test may do that to its machine.
var command = regexp.MustCompile("(?:^|[\\s(`/,])(" + strings.Join([]string{
	`mage (?:[a-z][a-z0-9]*:[a-z]+|…|-[lh]\b|ci\b|clean\b)`,
	`docker (?:(?:buildx|builder|volume|network|system|context|compose) (?:ls|rm|create|inspect|use|version|config|df|prune|disconnect)|login|pull|rm|stop|restart|rename|update|version)\b`,
	`git (?:rm|checkout|add)\b`, `go (?:clean|mod init|list)\b`, `ssh-keygen\b`,
}, "|") + ")")

// verb is what fmt replaces.
var verb = regexp.MustCompile(`%[-+# 0]*[\d*]*(?:\.[\d*]+)?[a-zA-Z]|\$(?:\d|doing)`)

// commands are those in a text: the program, what it is to do, "…" for each of
// its arguments, and its flags without their values.
func commands(text string) (list []string) {
	for _, at := range command.FindAllStringSubmatchIndex(text, -1) {
		if c := reduced(text[at[2]:at[3]], text[at[3]:]); !repeats.MatchString(c) && !strings.HasPrefix(text[at[3]:], ": …") {
			list = append(list, c)
		}
	}
	return list
}

// repeats the target that was called, as it was.
var repeats = regexp.MustCompile(`^mage …( …)*$`)

// word is one as a shell reads it, and what ends it.
var word = regexp.MustCompile(`^ ((?:"[^"]*"|'[^']*'|[^\s"'])+)`)

func reduced(command, rest string) string {
	var arguments string
	var flags []string
	for {
		m := word.FindStringSubmatch(rest)
		if m == nil {
			break
		}
		text := strings.TrimRight(m[1], ",;:)`.")
		rest = rest[len(m[0]):]
		last := text != m[1] || rest == ""
		switch name, _, _ := strings.Cut(strings.TrimLeft(text, "-"), "="); {
		case strings.HasPrefix(text, "-…"): // a flag that the user has given
		case strings.HasPrefix(text, "-"):
			flags = append(flags, " -"+name)
		case strings.ContainsAny(text, "<>&→("), strings.HasPrefix(command, "mage …") && len(text) > 0 && text != "…" && !strings.HasPrefix(text, `"`):
			last = true
		case regexp.MustCompile(`^[a-z]+$`).MatchString(text):
			if last && strings.HasPrefix(command, "mage ") && !slices.Contains([]string{"again", "does", "makes"}, text) {
				arguments += " …"
			}
			last = true
		case strings.HasPrefix(command, "mage "):
			arguments += " …"
		}
		if last {
			break
		}
	}
	slices.Sort(flags)
	return command + arguments + strings.Join(slices.Compact(flags), "")
}

// messages are the strings of a file, those that are added up in one piece; what
// is no literal in them is "…".
func messages(s source) map[string]int {
	list := map[string]int{}
	ast.Inspect(s.ast, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok {
			if text, ok := folded(e); ok {
				list[text] = s.line(n)
				return false
			}
		}
		return true
	})
	return list
}

func folded(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return strings.ReplaceAll(verb.ReplaceAllString(text, "…"), "%%", "%"), err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		x, left := folded(e.X)
		y, right := folded(e.Y)
		if !left {
			x = "…"
		}
		if !right {
			y = "…"
		}
		return x + y, e.Op == token.ADD && (left || right)
	}
	return "", false
}

// forTests are packages that tests alone import: commandtest, plantest.
var forTests = regexp.MustCompile(`\wtest$`)

// printedCommands are those of all sources but tests and what tests alone
// import, with the places that print them. A text of more lines is a script.
func printedCommands(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, s := range sources(t) {
		if s.isTest() || strings.HasPrefix(s.path, "test/") || forTests.MatchString(s.dir()) {
			continue
		}
		for text, line := range messages(s) {
			if strings.Count(text, "\n") > 2 {
				continue
			}
			for _, c := range commands(text) {
				found[c] = append(found[c], s.path+":"+strconv.Itoa(line))
			}
		}
	}
	return found
}

// tested are the functions of the tests of each directory, by their names.
func tested(t *testing.T) map[string]map[string]string {
	t.Helper()
	found := map[string]map[string]string{}
	for _, s := range sources(t) {
		if !s.isTest() {
			continue
		}
		if found[s.dir()] == nil {
			found[s.dir()] = map[string]string{}
		}
		for _, d := range s.ast.Decls {
			from, to, name := d.Pos(), d.End(), ""
			switch d := d.(type) {
			case *ast.FuncDecl:
				name = d.Name.Name
			case *ast.GenDecl:
				if v, ok := d.Specs[0].(*ast.ValueSpec); ok && d.Tok != token.IMPORT {
					name = v.Names[0].Name
				}
			}
			if name != "" {
				found[s.dir()][name] += s.text[s.fset.Position(from).Offset:s.fset.Position(to).Offset]
			}
		}
	}
	return found
}

// whole is the text of a test with that of all its helpers.
func whole(functions map[string]string, name string) string {
	seen, text := map[string]bool{name: true}, ""
	for next := []string{name}; len(next) > 0; next = next[1:] {
		body := functions[next[0]]
		text += body + "\n"
		for _, id := range identifier.FindAllString(body, -1) {
			if !seen[id] && functions[id] != "" && !strings.HasPrefix(id, "Test") {
				seen[id] = true
				next = append(next, id)
			}
		}
	}
	return text
}

var identifier = regexp.MustCompile(`\b[a-zA-Z]\w+\b`)

// runs reports whether a test's text calls a target by its name or its function,
// with each flag by its name or the field of the options, or the words of
// another program. The command in an expected message is no call.
func runs(dir, text, command string) bool {
	words := strings.Fields(command)
	text = regexp.MustCompile(`\bmage [a-z]+:`).ReplaceAllString(text, "")
	for _, w := range words[1:] {
		namespace, own, isTarget := strings.Cut(w, ":")
		name := strings.TrimLeft(w, "-")
		pattern := `\b` + regexp.QuoteMeta(name) + `\b`
		switch {
		case strings.Contains(w, "…"):
			continue
		case isTarget && dir == "plugins/"+namespace:
			pattern = "[\"` ]" + own + `\b`
		case isTarget:
			pattern = namespace + ":" + own + `\b|\b(?:` + namespace + `|remote|project)\.` + own + `\b`
			if dir == "internal/command/"+namespace {
				pattern += `|\b` + own + `\(`
			}
		case name != w && words[0] == "mage":
			pattern = `-` + name + `\b|\b` + name + `:|"` + name + `":|\.` + name + `\b`
			if name == "services" {
				pattern += "|services"
			}
		}
		if !regexp.MustCompile(`(?i)` + pattern).MatchString(text) {
			return false
		}
	}
	return words[0] == "mage" || strings.Contains(text, words[0])
}

// by is the test of each command in printedList.
func by(t *testing.T) map[string]string {
	t.Helper()
	list := map[string]string{}
	for line := range strings.Lines(read(t, printedList)) {
		command, test, ok := strings.Cut(strings.TrimSpace(line), " | ")
		if !ok || list[command] != "" {
			t.Fatalf("%s: %q is not COMMAND | DIRECTORY.TEST, or not alone", printedList, line)
		}
		list[command] = test
	}
	return list
}

func TestEveryPrintedCommandIsRunByATest(t *testing.T) {
	list, printed, tests := by(t), printedCommands(t), tested(t)
	for _, c := range slices.Sorted(maps.Keys(printed)) {
		test := list[c]
		dir, name := test[:max(strings.LastIndexByte(test, '.'), 0)], test[strings.LastIndexByte(test, '.')+1:]
		switch {
		case test == "":
			t.Errorf("%s: no test runs %q: write one, and the command with it into %s", strings.Join(printed[c], ", "), c, printedList)
		case tests[dir][name] == "":
			t.Errorf("%s: there is no test %s", c, test)
		case test != printedKnown && !runs(dir, whole(tests[dir], name), c):
			t.Errorf("%s does not run %q", test, c)
		}
	}
	for c := range list {
		if printed[c] == nil {
			t.Errorf("nobody prints %q: take it from %s", c, printedList)
		}
	}
}

// printedKnown asks docker itself about each of its commands that is listed with it.
const printedKnown = "test/e2e/engine.TestDockerKnowsEachOfItsCommandsThatIsPrinted"

func TestEveryPrintedTargetTakesTheArgumentsAndFlagsThatArePrinted(t *testing.T) {
	printed := printedCommands(t)
	functions, aliases := mageFunctions(t)
	maps.Copy(functions, aliases)
	for c, places := range printed {
		words := strings.Fields(c)
		if words[0] != "mage" || strings.HasPrefix(words[1], "-") || words[1] == "…" {
			continue
		}
		f := functions[words[1]]
		if f == nil {
			t.Errorf("%s: there is no target %s", places, words[1])
			continue
		}
		arguments, flags := 0, map[string]bool{}
		for _, a := range f.Args {
			if a.Optional {
				flags["-"+strings.ToLower(a.Name)] = true
			} else {
				arguments++
			}
		}
		for _, w := range words[2:] {
			if w == "…" {
				arguments--
			} else if !flags[w] {
				t.Errorf("%s: %s has no flag %s", places, words[1], w)
			}
		}
		if arguments < 0 {
			t.Errorf("%s: %s takes fewer arguments than in %q", places, words[1], c)
		}
	}
}
