package project

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/template"
	"go.yaml.in/yaml/v4"
)

func loadArchive(t *testing.T, files []section) *Project {
	t.Helper()
	p, err := Load(t.Context(), Layout{Root: lay(t, files)}, Options{Environ: []string{"FROM_SHELL=s"}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestUsesAndDeliveriesHaveFileAndLine compares all of an archive with its last
// section.
func TestUsesAndDeliveriesHaveFileAndLine(t *testing.T) {
	const path = "testdata/uses.txt"
	files := archive(t, path)
	want := files[len(files)-1].text
	files = files[:len(files)-1]
	p := loadArchive(t, files)
	var b strings.Builder
	for _, u := range p.Uses() {
		fmt.Fprintf(&b, "%s:%d %s %s service=%s%s\n", u.File, u.Line, u.Variable, u.Path, u.Service, words(u))
	}
	defaults := p.Defaults(p.Uses())
	for _, name := range slices.Sorted(maps.Keys(defaults)) {
		for _, s := range defaults[name] {
			fmt.Fprintf(&b, "default %s %s %q\n", s.Origin, name, s.Value.Reveal())
		}
	}
	for _, d := range p.Deliveries() {
		fmt.Fprintf(&b, "delivery %s %s:%d %s env_file=%t\n", d.Service, d.File, d.Line, d.Variable, d.EnvFile)
	}
	if *update {
		writeArchive(t, path, append(files, section{"uses", b.String()}))
	} else if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func words(u Use) string {
	var list string
	if u.Nested {
		list += " nested"
	}
	if u.HasDefault {
		list += fmt.Sprintf(" default=%q", u.Default)
	}
	if u.Required {
		list += " required"
	}
	if u.EmptyIsMissing {
		list += " or empty"
	}
	if u.ByName {
		list += " by name"
	}
	return list
}

// The repository's own Compose files: every variable that compose-go extracts
// is a use, on a line that has it.
func TestUsesAreThoseThatComposeExtracts(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	shell := []string{"POSTGRES_PASSWORD=x", "NEO4J_PASSWORD=xxxxxxxx", "REDIS_PASSWORD=x"}
	p, err := Load(t.Context(), Layout{Root: root, EnvLink: "none"}, Options{Backend: true, Environ: shell})
	if err != nil {
		t.Fatal(err)
	}
	theirs := map[string]bool{}
	for _, s := range p.sources() {
		var doc map[string]any
		text, _ := os.ReadFile(s.path)
		if err := yaml.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		for name := range template.ExtractVariables(doc, nil) {
			theirs[name] = true
		}
	}
	ours := map[string]bool{}
	for _, u := range p.Uses() {
		text, err := os.ReadFile(p.Layout.Path(u.File))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.Split(string(text), "\n")[u.Line-1], u.Variable) {
			t.Errorf("%s:%d does not mention %s", u.File, u.Line, u.Variable)
		}
		if !u.ByName && !strings.Contains(u.File, ".env") {
			ours[u.Variable] = true
		}
	}
	if got, want := slices.Sorted(maps.Keys(ours)), slices.Sorted(maps.Keys(theirs)); !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("ours %v\nCompose's %v", got, want)
	}
}
