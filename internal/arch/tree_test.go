// Package arch tests the tree itself: that sizes, comments and documents keep
// what docs/architecture.md and the README promise. It has no code of its own.
// The arrows between packages are depguard's (.golangci.yml).
package arch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// root is the repository, seen from here.
const root = "../.."

// module is its path.
const module = "github.com/infinitescribe/spellbook"

// source is one Go file of the tree.
type source struct {
	path string // relative to root, with slashes
	text string
	fset *token.FileSet
	ast  *ast.File
}

func (s source) dir() string     { return path.Dir(s.path) }
func (s source) isTest() bool    { return strings.HasSuffix(s.path, "_test.go") }
func (s source) generated() bool { return ast.IsGenerated(s.ast) }

// line is where a node begins.
func (s source) line(n ast.Node) int { return s.fset.Position(n.Pos()).Line }

// tree is parsed once for all tests, which only read it.
var tree = sync.OnceValues(readTree)

// sources are all Go files but test data and what Git does not hold.
func sources(t *testing.T) []source {
	t.Helper()
	list, err := tree()
	if err != nil || len(list) == 0 {
		t.Fatalf("%d files: %v", len(list), err)
	}
	return list
}

func readTree() (list []source, err error) {
	err = fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && foreign(d.Name()):
			return fs.SkipDir
		case filepath.Ext(path) == ".go" && d.Name() != "mage_output_file.go":
			s, err := parse(path)
			list = append(list, s)
			return err
		}
		return nil
	})
	return list, err
}

func foreign(directory string) bool {
	return directory == "testdata" || directory == "node_modules" ||
		strings.HasPrefix(directory, ".") && directory != "."
}

func parse(path string) (source, error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		return source{}, err
	}
	s := source{path: path, text: string(text), fset: token.NewFileSet()}
	s.ast, err = parser.ParseFile(s.fset, path, s.text, parser.ParseComments)
	return s, err
}

// read returns a file of the repository.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
