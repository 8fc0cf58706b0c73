package sbom

import (
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
)

// BuildInformation begins the Origin of what a program says of itself.
const BuildInformation = "the build information of "

// Program is what a Go program says of itself: the modules that were linked
// into it, in the versions that were, and the standard library. origin is where
// it lies, "/backend". A file that is no Go program is an error.
func Program(file io.ReaderAt, origin string) (Manifest, error) {
	info, err := buildinfo.Read(file)
	if err != nil {
		return Manifest{}, fmt.Errorf("read build information of %q: %w", origin, err)
	}
	m := Manifest{Ecosystem: Go, Name: info.Main.Path, Version: released(info.Main.Version), Origin: BuildInformation + origin}
	if m.Name == "" {
		m.Name = info.Path
	}
	if version, _, _ := strings.Cut(info.GoVersion, " "); strings.HasPrefix(version, "go1") {
		m.Packages = append(m.Packages, Package{Name: "stdlib", Version: strings.TrimPrefix(version, "go")})
	}
	for _, dep := range info.Deps {
		m.Packages = append(m.Packages, linked(*dep))
	}
	return m, nil
}

// released is a module's version; one that was built where it lies has none.
func released(version string) string {
	if version == "(devel)" {
		return ""
	}
	return version
}

func linked(dep debug.Module) Package {
	p := Package{Name: dep.Path, Version: released(dep.Version), Sums: GoSum(dep.Sum)}
	if r := dep.Replace; r != nil {
		p = linked(*r)
		p.Note = "in place of " + dep.Path
		if isPath(r.Path) {
			p = Package{Name: dep.Path, Version: released(dep.Version), Note: "replaced by the directory " + r.Path}
		}
	}
	return p
}

// isPath: a replacement is a directory and no module.
func isPath(module string) bool {
	return strings.HasPrefix(module, "./") || strings.HasPrefix(module, "../") || strings.HasPrefix(module, "/") || module == "." || module == ".."
}

// GoSum is the checksum of a module as go.sum has it, "h1:…": the SHA256 of the
// list of its files and theirs. Syft writes it like this, too; a value that is
// none gives nothing.
func GoSum(h1 string) []Sum {
	text, ok := strings.CutPrefix(h1, "h1:")
	raw, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(raw) != 32 {
		return nil
	}
	return []Sum{{Algorithm: "SHA256", Hex: hex.EncodeToString(raw)}}
}
