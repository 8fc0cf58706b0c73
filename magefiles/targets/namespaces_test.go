package targets

import (
	"go/ast"
	"os"
	"strings"
	"testing"

	mage "github.com/magefile/mage/parse"
)

// Mage leaves out a method whose signature it does not know, and says nothing.
func TestEachPackageIsOneNamespaceOfWhichMageKnowsEveryTarget(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		found++
		info, err := mage.Package(e.Name(), nil, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range info.Funcs {
			if !strings.EqualFold(f.Receiver, e.Name()) && !strings.EqualFold(f.TargetName(), e.Name()) { // ci is a target of that name
				t.Errorf("the target %s lies in the package %s: who imports that gets more than a namespace", f.TargetName(), e.Name())
			}
		}
		if methods := exported(info); len(info.Funcs) != methods || methods == 0 {
			t.Errorf("%s has %d exported functions, of which Mage knows %d", e.Name(), methods, len(info.Funcs))
		}
	}
	if found < 6 {
		t.Errorf("there are %d namespaces", found)
	}
}

// exported counts the exported functions and methods of a package.
func exported(info *mage.PkgInfo) (n int) {
	for _, f := range info.AstPkg.Files {
		for _, d := range f.Decls {
			if function, ok := d.(*ast.FuncDecl); ok && function.Name.IsExported() {
				n++
			}
		}
	}
	return n
}
