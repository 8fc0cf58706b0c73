package manifest

import (
	"strings"

	"github.com/infinitescribe/spellbook/internal/sbom"
)

// at follows keys into tables; nil where there is nothing.
func at(value any, keys ...string) any {
	for _, key := range keys {
		inside, ok := value.(table)
		if !ok {
			return nil
		}
		value = inside[key]
	}
	return value
}

func textAt(value any, keys ...string) string {
	text, _ := at(value, keys...).(string)
	return text
}

// tablesAt are the tables of an array.
func tablesAt(value any, keys ...string) []table {
	list, _ := at(value, keys...).([]any)
	var tables []table
	for _, one := range list {
		if inside, ok := one.(table); ok {
			tables = append(tables, inside)
		}
	}
	return tables
}

// readPyproject reads the dependencies of [project], or else of Poetry. Extras
// and groups are not what an image installs by itself.
func readPyproject(text []byte, _ sources) (sbom.Manifest, error) {
	doc, err := parseTOML(text)
	if err != nil {
		return sbom.Manifest{}, err
	}
	m := about(doc)
	list, _ := at(doc, "project", "dependencies").([]any)
	for _, one := range list {
		if text, ok := one.(string); ok {
			if p, ok := requirement(text); ok {
				m.Packages = append(m.Packages, p)
			}
		}
	}
	poetry, _ := at(doc, "tool", "poetry", "dependencies").(table)
	for name, wanted := range poetry {
		if name == "python" {
			continue
		}
		text, ok := wanted.(string)
		if !ok {
			text = textAt(wanted, "version")
		}
		m.Packages = append(m.Packages, sbom.Package{Name: name, Wanted: text})
	}
	return m, nil
}

// about is the application that pyproject.toml is of.
func about(doc table) sbom.Manifest {
	m := sbom.Manifest{Name: textAt(doc, "project", "name"), Version: textAt(doc, "project", "version")}
	if m.Name == "" {
		m.Name, m.Version = textAt(doc, "tool", "poetry", "name"), textAt(doc, "tool", "poetry", "version")
	}
	return m
}

// readPoetry reads poetry.lock; the application's name is in pyproject.toml.
func readPoetry(text []byte, beside sources) (sbom.Manifest, error) {
	doc, err := parseTOML(text)
	if err != nil {
		return sbom.Manifest{}, err
	}
	var m sbom.Manifest
	if project, err := beside.text("pyproject.toml"); err == nil && project != nil {
		if table, err := parseTOML(project); err == nil {
			m = about(table)
		}
	}
	for _, p := range tablesAt(doc, "package") {
		m.Packages = append(m.Packages, sbom.Package{Name: textAt(p, "name"), Version: textAt(p, "version"),
			Dev: isPoetryDev(p), Sums: onlySum(tablesAt(p, "files"))})
	}
	return m, nil
}

// isPoetryDev: older locks have a category, newer ones groups, some neither.
func isPoetryDev(p table) bool {
	groups, ok := p["groups"].([]any)
	if !ok {
		return textAt(p, "category") == "dev"
	}
	for _, g := range groups {
		if g == "main" {
			return false
		}
	}
	return len(groups) > 0
}

// onlySum is the sum of a package that has one file. Of several nobody knows
// which one is installed.
func onlySum(files []table) []sbom.Sum {
	if len(files) != 1 {
		return nil
	}
	return pythonSum(textAt(files[0], "hash"))
}

// pythonSum reads sha256:HEX.
func pythonSum(text string) []sbom.Sum {
	kind, hex, ok := strings.Cut(text, ":")
	algorithm := map[string]string{"sha256": "SHA256", "sha384": "SHA384", "sha512": "SHA512"}[kind]
	if !ok || algorithm == "" || hex == "" || strings.Trim(hex, "0123456789abcdef") != "" {
		return nil
	}
	return []sbom.Sum{{Algorithm: algorithm, Hex: hex}}
}
