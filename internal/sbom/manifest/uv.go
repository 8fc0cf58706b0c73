package manifest

import (
	"github.com/infinitescribe/spellbook/internal/sbom"
)

// readUV reads uv.lock. The application is one of its packages; what it reaches
// by dependencies and extras alone is for use, the rest for development.
func readUV(text []byte, _ sources) (sbom.Manifest, error) {
	doc, err := parseTOML(text)
	if err != nil {
		return sbom.Manifest{}, err
	}
	var m sbom.Manifest
	all := tablesAt(doc, "package")
	used := map[string]bool{}
	for _, p := range all {
		if !isOwn(p) {
			continue
		}
		if m.Name == "" || own(p) == "." {
			m.Name, m.Version = textAt(p, "name"), textAt(p, "version")
		}
		reach(all, p, used)
	}
	for _, p := range all {
		if isOwn(p) {
			continue
		}
		name := textAt(p, "name")
		files := tablesAt(p, "wheels")
		if sdist, ok := p["sdist"].(table); ok {
			files = append(files, sdist)
		}
		m.Packages = append(m.Packages, sbom.Package{Name: name, Version: textAt(p, "version"),
			Dev: len(used) > 0 && !used[name], Sums: onlySum(files)})
	}
	return m, nil
}

// own is the directory of a package that lies in the repository itself.
func own(p table) string {
	for _, kind := range []string{"editable", "virtual", "directory"} {
		if dir := textAt(p, "source", kind); dir != "" {
			return dir
		}
	}
	return ""
}

func isOwn(p table) bool { return own(p) != "" }

// reach marks a package and all that it depends on, by name.
func reach(all []table, p table, used map[string]bool) {
	name := textAt(p, "name")
	if used[name] {
		return
	}
	used[name] = true
	wanted := tablesAt(p, "dependencies")
	if extras, ok := p["optional-dependencies"].(table); ok {
		for extra := range extras {
			wanted = append(wanted, tablesAt(extras, extra)...)
		}
	}
	for _, w := range wanted {
		for _, next := range all {
			if textAt(next, "name") == textAt(w, "name") {
				reach(all, next, used)
			}
		}
	}
}
