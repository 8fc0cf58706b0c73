package arch_test

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// fence is a block of code, whose text need not be names.
	fence = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	span  = regexp.MustCompile("`([^`\n]+)`")
	// name is a function, type, constant or method: plan.Plan, engine.Execute(),
	// plan.Plan.String, (*infra.UpRun).Do.
	name = regexp.MustCompile(`^\(?\*?([a-z][a-z0-9]*)\.(\w+)\)?(?:\.(\w+))?(?:\(.*\))?$`)
)

// A document that names what is gone leads its reader nowhere.
func TestTheArchitectureNamesWhatExists(t *testing.T) {
	t.Parallel()
	text := fence.ReplaceAllString(read(t, "docs/architecture.md"), "")
	list := sources(t)
	ours, theirs := declarations(list), foreignPackages(list)
	found := 0
	for _, match := range span.FindAllStringSubmatch(text, -1) {
		parts := name.FindStringSubmatch(match[1])
		if parts == nil || isFile(match[1]) {
			continue
		}
		declared, known := ours[parts[1]]
		switch {
		case known && !declares(declared, parts[2], parts[3]):
			t.Errorf("docs/architecture.md names %s, which is not in the tree", match[1])
		case known:
			found++
		case !slices.Contains(theirs, parts[1]):
			t.Errorf("docs/architecture.md names %s, and nothing here is or imports a package %s", match[1], parts[1])
		}
	}
	if found == 0 {
		t.Error("docs/architecture.md names no function: it should walk mage infra:up through them")
	}
}

// isFile: plan.go is no name of a package plan.
func isFile(text string) bool {
	return slices.Contains([]string{".go", ".md", ".yml", ".yaml", ".json", ".sh", ".env", ".mod", ".sum"}, path.Ext(text))
}

// declares: "Up", "Infra.Up", or a method Up of whatever type, as one writes
// infra.Do for a method of UpRun.
func declares(declared []string, first, second string) bool {
	if second != "" {
		return slices.Contains(declared, first+"."+second)
	}
	return slices.ContainsFunc(declared, func(d string) bool { return d == first || strings.HasSuffix(d, "."+first) })
}

// declarations are the names of each package of ours, by the package's name:
// F, T, T.Method, T.Field. Tests declare nothing that a reader may be sent to.
func declarations(list []source) map[string][]string {
	names := map[string][]string{}
	for _, s := range list {
		if s.isTest() || s.ast.Name.Name == "main" {
			continue
		}
		pkg := s.ast.Name.Name
		for _, d := range s.ast.Decls {
			names[pkg] = append(names[pkg], declared(d)...)
		}
	}
	return names
}

func declared(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		return []string{receiver(d.Recv.List[0].Type) + "." + d.Name.Name}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				names = append(append(names, spec.Name.Name), members(spec)...)
			case *ast.ValueSpec:
				for _, n := range spec.Names {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}

// receiver is the name of a method's type, without pointer and parameters.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// members are the fields of a struct and the methods of an interface.
func members(spec *ast.TypeSpec) (names []string) {
	var fields *ast.FieldList
	switch t := spec.Type.(type) {
	case *ast.StructType:
		fields = t.Fields
	case *ast.InterfaceType:
		fields = t.Methods
	default:
		return nil
	}
	for _, field := range fields.List {
		for _, n := range field.Names {
			names = append(names, spec.Name.Name+"."+n.Name)
		}
	}
	return names
}

// foreignPackages are those that the tree imports from elsewhere, by the last
// part of their path that is no version.
func foreignPackages(list []source) []string {
	var names []string
	for _, s := range list {
		for _, i := range s.ast.Imports {
			full := strings.Trim(i.Path.Value, `"`)
			if strings.HasPrefix(full, module) {
				continue
			}
			base := path.Base(full)
			if regexp.MustCompile(`^v\d+$`).MatchString(base) {
				base = path.Base(path.Dir(full))
			}
			names = append(names, base)
		}
	}
	return names
}
