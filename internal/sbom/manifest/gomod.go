package manifest

import (
	"fmt"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/infinitescribe/spellbook/internal/sbom"
)

// readGo reads go.mod, and the sums of go.sum beside it. Since Go 1.17 go.mod
// names all modules that a build of the main one can link, those of its tests
// and tools among them.
func readGo(text []byte, beside sources) (sbom.Manifest, error) {
	file, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return sbom.Manifest{}, err
	}
	sumText, err := beside.text("go.sum")
	if err != nil {
		return sbom.Manifest{}, err
	}
	sums := goSums(string(sumText))
	var m sbom.Manifest
	if file.Module != nil {
		m.Name = file.Module.Mod.Path
	}
	for _, r := range file.Require {
		p := sbom.Package{Name: r.Mod.Path, Version: r.Mod.Version}
		if by := replacement(file, r.Mod.Path, r.Mod.Version); by != nil {
			p = replaced(p, by.New.Path, by.New.Version)
		}
		if !strings.HasPrefix(p.Note, byDirectory) {
			p.Sums = sbom.GoSum(sums[p.Name+" "+p.Version])
		}
		m.Packages = append(m.Packages, p)
	}
	return m, nil
}

const byDirectory = "replaced by the directory "

func replaced(p sbom.Package, path, version string) sbom.Package {
	if version == "" {
		p.Note = byDirectory + path
		return p
	}
	return sbom.Package{Name: path, Version: version, Note: fmt.Sprintf("in place of %s %s", p.Name, p.Version)}
}

// replacement is the replace of a module: one of that version before one of
// any.
func replacement(file *modfile.File, path, version string) *modfile.Replace {
	var general *modfile.Replace
	for _, r := range file.Replace {
		if r.Old.Path != path {
			continue
		}
		if r.Old.Version == version {
			return r
		}
		if r.Old.Version == "" {
			general = r
		}
	}
	return general
}

// goSums are the sums of modules' contents, by "path version". Those of go.mod
// files alone are none.
func goSums(text string) map[string]string {
	sums := map[string]string{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 3 && !strings.HasSuffix(f[1], "/go.mod") {
			sums[f[0]+" "+f[1]] = f[2]
		}
	}
	return sums
}
