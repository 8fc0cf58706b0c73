package parity_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

const (
	document   = "../../docs/compose.md"
	tableBegin = "<!-- written by test/parity -update -->\n"
	tableEnd   = "<!-- end of what test/parity writes -->\n"
)

// sections are the directories of testdata, in the order of the document.
var sections = []struct{ dir, title string }{
	{"files", "Which files are read"},
	{"model", "What the model is"},
	{"containers", "What a container is"},
	{"lifecycle", "What runs, in which order, and how it ends"},
	{"changes", "What a change comes to"},
	{"secrets", "What of it infra:config masks"},
}

// The table says what the corpus has, no more and no less.
func TestTheDocumentHasATableOfTheCorpus(t *testing.T) {
	data, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), tableBegin)
	_, after, ended := strings.Cut(rest, tableEnd)
	if !found || !ended {
		t.Fatalf("%s has no place for the table", document)
	}
	text := before + tableBegin + table(t) + tableEnd + after
	if *stacktest.Update {
		if err := os.WriteFile(document, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if text != string(data) {
		t.Errorf("%s is not what the corpus says: go test ./test/parity -run TheDocument -update", document)
	}
}

func table(t *testing.T) string {
	t.Helper()
	var out, apart strings.Builder
	total := 0
	for _, section := range sections {
		paths, err := filepath.Glob(filepath.Join("testdata", section.dir, "*.txtar"))
		if err != nil {
			t.Fatal(err)
		}
		total += len(paths)
		fmt.Fprintf(&out, "\n### %s\n\n| stack | what it is about | the same in both |\n|---|---|---|\n", section.title)
		for _, path := range paths {
			c := read(t, path, "PROJECT")
			name := strings.TrimSuffix(filepath.Base(path), ".txtar")
			if c.about == "" {
				t.Errorf("%s does not say what it is about", path)
			}
			fmt.Fprintf(&out, "| [%s](../test/parity/testdata/%s/%s.txtar) | %s | %s |\n", name, section.dir, name, cell(c.about), c.compared())
			if c.differs != "" {
				fmt.Fprintf(&apart, "| %s | %s | %s |\n", name, map[string]string{
					"": "what is said", "model": "the model", "exit": "the exit code", "convergence": "the second up", "label": "the label project.environment_file", "recreates": "what is made anew"}[c.apart], cell(c.differs))
			}
		}
	}
	if all, err := filepath.Glob("testdata/*/*.txtar"); err != nil || len(all) != total {
		t.Errorf("%d cases, %d of them in sections: %v", len(all), total, err)
	}
	return fmt.Sprintf("%d stacks, each read and, where containers are made, brought up by both, in both orders.\n", total) + out.String() +
		"\n### What differs in these on purpose\n\n| stack | what is ours | why |\n|---|---|---|\n" + apart.String()
}

// compared is what the suite holds equal of a case.
func (c spec) compared() string {
	if c.refused != "" {
		return "the refusal"
	}
	var list []string
	if c.apart != "model" {
		list = append(list, "model, hashes")
	}
	if len(c.masks) > 0 {
		list = append(list, "all values but the masked ones")
	}
	if c.engine {
		list = append(list, "containers")
		if c.up != failure.OK && c.apart != "exit" {
			list = append(list, "failure")
		}
		if verb, _, _ := strings.Cut(c.does, " "); verb != "" {
			list = append(list, "what comes of "+verb)
		}
		if c.recreates != "" && c.apart != "recreates" {
			list = append(list, "made anew: "+c.recreates)
		}
	}
	return strings.Join(list, ", ")
}

func cell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }
