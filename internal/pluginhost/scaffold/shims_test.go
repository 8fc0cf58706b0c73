package scaffold

import (
	"flag"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	mage "github.com/magefile/mage/parse"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// awkward has everything that is hard to say in Go.
func awkward() []manifest.Manifest {
	return []manifest.Manifest{
		{Name: "queue", Summary: "A queue in Redis.", Commands: []manifest.Command{
			{Name: "topics", Summary: "Lists the topics"},
			{Name: "create", Summary: "creates a topic", Arguments: []manifest.Argument{{Name: "name"}},
				Flags: []manifest.Flag{{Name: "partitions", Summary: "how many partitions", Type: "int", Default: "1"},
					{Name: "wait", Summary: "how long to wait", Type: "duration"},
					{Name: "force", Summary: "even if it exists", Type: "bool"},
					{Name: "label", Summary: "text */ of\na second line", Type: "string"}}},
			{Name: "copyAll", Summary: "URLs are copied from the first to the second", Arguments: []manifest.Argument{
				{Name: "type"}, {Name: "from"}, {Name: "from"}, {Name: "ctx"}, {Name: "to-where"}, {Name: "1st"}, {Name: ""}, {Name: "targets"}}},
		}},
		{Name: "silent", Summary: "has no commands"},
		{Name: "aardvark", Summary: "comes first", Commands: []manifest.Command{{Name: "string", Summary: "is no keyword"}}},
	}
}

func TestTheShimsAreAsTheyWere(t *testing.T) {
	files, err := Shims(awkward())
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		all.WriteString("==> " + f.Path + "\n" + f.Text)
	}
	golden := filepath.Join("testdata", "shims.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(all.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != all.String() {
		t.Errorf("%v; -update writes it anew; got\n%s", err, all.String())
	}
}

func TestTheOrderOfManifestsDoesNotMatter(t *testing.T) {
	there, err := Shims(awkward())
	if err != nil {
		t.Fatal(err)
	}
	turned := awkward()
	slices.Reverse(turned)
	slices.Reverse(turned[1].Commands)
	back, err := Shims(turned)
	if err != nil || !slices.Equal(there, back) {
		t.Errorf("%v: %v\nis not\n%v", err, back, there)
	}
}

// The body is not compiled against the real targets here, which would build
// half of Spellbook: a stand-in has the two names that the shims use.
func TestTheShimsCompile(t *testing.T) {
	fset := token.NewFileSet()
	files, err := Shims(awkward())
	if err != nil {
		t.Fatal(err)
	}
	var parsed []*ast.File
	for _, f := range files {
		one, err := parser.ParseFile(fset, f.Path, f.Text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if !ast.IsGenerated(one) {
			t.Errorf("%s does not say that it is generated", f.Path)
		}
		parsed = append(parsed, one)
	}
	config := types.Config{Importer: standIns{fset, importer.ForCompiler(fset, "source", nil)}}
	if _, err := config.Check("plugins", fset, parsed, nil); err != nil {
		t.Error(err)
	}
}

// standIns are what the shims import, without what that imports.
type standIns struct {
	fset *token.FileSet
	std  types.Importer
}

func (s standIns) Import(path string) (*types.Package, error) {
	text, ok := map[string]string{
		"github.com/magefile/mage/mg": `package mg; type Namespace struct{}`,
		"github.com/infinitescribe/spellbook/magefiles/targets": `package targets
			import "context"
			type PluginFlags map[string]any
			type PluginCall struct { Plugin, Command string; Arguments []string; Flags PluginFlags }
			func (PluginCall) Run(ctx context.Context) error { return nil }`,
	}[path]
	if !ok {
		return s.std.Import(path)
	}
	f, err := parser.ParseFile(s.fset, path, text, 0)
	if err != nil {
		return nil, err
	}
	config := types.Config{Importer: s.std}
	return config.Check(path, s.fset, []*ast.File{f}, nil)
}

// Mage leaves out what has a signature that it does not know, and says nothing.
func TestMageTakesEveryShimForATarget(t *testing.T) {
	dir := t.TempDir()
	files, err := Shims(awkward())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Path), []byte(f.Text), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, f.Path)
	}
	info, err := mage.Package(dir, names, false)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range info.Funcs {
		got = append(got, f.TargetName()+" "+f.Synopsis)
	}
	slices.Sort(got)
	want := []string{
		"Aardvark:String is no keyword.",
		"Queue:CopyAll URLs are copied from the first to the second: mage queue:copyAll TYPE FROM FROM CTX TO-WHERE 1ST TARGETS.",
		"Queue:Create creates a topic: mage queue:create NAME.",
		"Queue:Topics lists the topics.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAFlagThatGoCannotHaveIsRefused(t *testing.T) {
	for _, f := range []manifest.Flag{{Name: "type", Type: "string"}, {Name: "dry-run", Type: "bool"}, {Name: "ctx", Type: "string"}, {Name: "size", Type: "float"}} {
		_, err := Shims([]manifest.Manifest{{Name: "queue", Commands: []manifest.Command{{Name: "push", Flags: []manifest.Flag{f}}}}})
		if failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), f.Name) {
			t.Errorf("%v: %v", f, err)
		}
	}
}
