package arch_test

import (
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// privateWords were our own for what the field has a word for. An engineer who
// knows Docker, Compose and Terraform must guess what is in a file from its name.
var privateWords = []string{
	"assay", "baking", "deed", "desk", "enlist", "enlisted", "equip", "fallen", "heed", "impatient", "legible", "mishap", "newcomer",
	"nouns", "occupant", "plugged", "recount", "rescue", "salvage", "shelf", "pulse", "starved", "stray", "strays", "teller", "unasked", "unmoved",
}

// part is one word of an identifier.
var part = regexp.MustCompile(`[A-Z]+[a-z0-9]*|[a-z0-9]+`)

func TestNamesAreTheFieldsOwn(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.generated() || strings.HasPrefix(s.path, "apps/") || strings.HasPrefix(s.path, "internal/arch/") { // an application has words of its own
			continue
		}
		for _, word := range private(strings.TrimSuffix(path.Base(s.path), ".go")) {
			t.Errorf("%s: the file's name has the private word %q", s.path, word)
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				for _, word := range private(id.Name) {
					t.Errorf("%s:%d: %s has the private word %q", s.path, s.line(id), id.Name, word)
				}
			}
			return true
		})
	}
}

// private are the private words in an identifier.
func private(name string) (found []string) {
	for _, word := range part.FindAllString(name, -1) {
		if word = strings.ToLower(word); slices.Contains(privateWords, word) {
			found = append(found, word)
		}
	}
	return found
}

// documentWords were ours for packages, imports and the architecture.
var documentWords = regexp.MustCompile(`(?i)\b(` + strings.Join(privateWords, "|") + `|rooms?|arrows?|house)\b`)

func TestDocumentsAreInTheFieldsWords(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d documents: %v", len(files), err)
	}
	for _, file := range append(files, filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md")) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(text), "\n") {
			if word := documentWords.FindString(line); word != "" {
				t.Errorf("%s:%d has the private word %q", filepath.Base(file), n+1, word)
			}
		}
	}
}

func TestPrivateWordsAreFoundInIdentifiers(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{"atDesk": {"desk"}, "pluggedMade": {"plugged"}, "up_salvage": {"salvage"}, "stranger": nil, "desktop": nil} {
		if got := private(name); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
