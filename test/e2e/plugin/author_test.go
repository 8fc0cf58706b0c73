package plugin_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// docs/plugins.md takes a newcomer to a plugin of their own. This test is that
// newcomer: it does what the document says, in its order, in a repository that
// has only adopted Spellbook, and sees what the document shows.
func TestTheDocumentLeadsToAPluginOfOnesOwn(t *testing.T) {
	t.Parallel()
	s := adopted(t)
	a := &author{stack: s}
	a.prepare()
	steps := stepsOf(t, filepath.Join(stacktest.Root(t), "docs/plugins.md"))
	for _, step := range steps {
		if step.path != "" {
			s.File(step.path, step.text)
			continue
		}
		for _, command := range commandsOf(step.text) {
			a.do(step.line, command)
		}
	}
	if len(steps) < 10 || len(a.done) < 20 {
		t.Errorf("the document has only %d blocks and %d commands", len(steps), len(a.done))
	}
	if volumes, err := s.Client.Volumes(t.Context(), s.Name); err != nil || !strings.Contains(strings.Join(volumes, " "), "queue-data") {
		t.Errorf("the data is gone: %v, %v", volumes, err)
	}
	for name := range s.IDs() {
		if strings.Contains(name, "queue") {
			t.Errorf("%s runs still", name)
		}
	}
}

type author struct {
	*stack
	done []string
}

// prepare gives the newcomer what the document takes for granted: mage, an
// environment, an image of Redis and a free port.
func (a *author) prepare() {
	bin := a.T.TempDir()
	script := "#!/bin/sh\nexec '" + filepath.Join(a.Dir, "scripts/mage") + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "mage"), []byte(script), 0o755); err != nil {
		a.T.Fatal(err)
	}
	a.Env = append(a.Env, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "QUEUE_IMAGE=lab/redis:7.0", "QUEUE_PORT="+strconv.Itoa(stacktest.FreePort(a.T)))
	a.call("", "sh", "-c", "mage env:local")
	a.InEnvironment("local")
}

// typed is a command of the document, and the lines that it shows below.
type typed struct {
	line string
	want []string
}

// do types a command, each in a shell of its own at the repository's root.
func (a *author) do(line int, c typed) {
	a.T.Helper()
	a.done = append(a.done, c.line)
	code, out := a.Exec("sh", "-c", c.line)
	out = strings.ReplaceAll(out, filepath.Join(a.Dir, "scripts/mage")+" ", "mage ") // which the newcomer's mage calls
	a.T.Logf("$ %s\n%s", c.line, out)
	if code != 0 {
		a.T.Fatalf("docs/plugins.md:%d: $ %s\nexit code %d\n%s", line, c.line, code, out)
	}
	rest := out
	for _, want := range c.want {
		at := pattern(want).FindStringIndex(rest)
		if at == nil {
			a.T.Fatalf("docs/plugins.md:%d: $ %s\ndoes not show %q, but\n%s", line, c.line, want, out)
		}
		rest = rest[at[1]:]
	}
}

// pattern is a line of the document; … stands for anything.
func pattern(line string) *regexp.Regexp {
	parts := strings.Split(line, "…")
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	return regexp.MustCompile(`(?m)^` + strings.Join(parts, ".*") + `$`)
}

// block is a fenced block that something is to be done with: a file to be
// written, or commands.
type block struct {
	line       int
	path, text string
}

var fence = regexp.MustCompile("^```(\\w+)(?: (\\S+/\\S+))?$")

// stepsOf are the blocks of a document in their order; a block in another
// language that names no file is only to be read.
func stepsOf(t *testing.T, document string) (steps []block) {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	var open *block
	for i, line := range strings.Split(string(text), "\n") {
		begin := fence.FindStringSubmatch(line)
		switch {
		case open == nil && begin != nil:
			open = &block{line: i + 1, path: begin[2]}
			if begin[2] == "" && begin[1] != "console" {
				open.line = 0
			}
		case open != nil && line == "```":
			if open.line > 0 {
				steps = append(steps, *open)
			}
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	return steps
}

func commandsOf(text string) (list []typed) {
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			list = append(list, typed{line: command})
		} else if len(list) > 0 {
			last := &list[len(list)-1]
			last.want = append(last.want, line)
		}
	}
	return list
}
