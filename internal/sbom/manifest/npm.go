package manifest

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/sbom"
)

// locked is an entry of package-lock.json.
type locked struct {
	Name         string            `json:"name"` // where it is not that of its directory
	Version      string            `json:"version"`
	Integrity    string            `json:"integrity"`
	Dev          bool              `json:"dev"`
	Link         bool              `json:"link"`
	Dependencies map[string]locked `json:"dependencies"` // of version 1
}

// readNPM reads package-lock.json of versions 1 to 3.
func readNPM(text []byte, _ sources) (sbom.Manifest, error) {
	var file struct {
		Name         string                     `json:"name"`
		Version      string                     `json:"version"`
		Packages     map[string]json.RawMessage `json:"packages"`
		Dependencies map[string]locked          `json:"dependencies"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return sbom.Manifest{}, err
	}
	m := sbom.Manifest{Name: file.Name, Version: file.Version}
	if file.Packages == nil {
		m.Packages = nested(file.Dependencies)
		return m, nil
	}
	for _, place := range slices.Sorted(maps.Keys(file.Packages)) {
		// In these versions an entry's own "dependencies" are ranges.
		entry := struct {
			locked
			Dependencies json.RawMessage `json:"dependencies"`
		}{}
		if err := json.Unmarshal(file.Packages[place], &entry); err != nil {
			return m, err
		}
		i := strings.LastIndex(place, "node_modules/")
		if i < 0 || entry.Link {
			continue // the application's own directories
		}
		if entry.Name == "" {
			entry.Name = place[i+len("node_modules/"):]
		}
		m.Packages = append(m.Packages, entry.npm())
	}
	return m, nil
}

// nested are the packages of version 1, which lie in each other.
func nested(list map[string]locked) []sbom.Package {
	var all []sbom.Package
	for _, name := range slices.Sorted(maps.Keys(list)) {
		entry := list[name]
		entry.Name = name
		all = append(all, entry.npm())
		all = append(all, nested(entry.Dependencies)...)
	}
	return all
}

func (l locked) npm() sbom.Package {
	p := sbom.Package{Name: l.Name, Version: l.Version, Dev: l.Dev, Sums: integrity(l.Integrity)}
	if alias, ok := strings.CutPrefix(l.Version, "npm:"); ok { // version 1 writes an alias so
		p.Name, p.Version = splitAt(alias)
	}
	return p
}

// integrity is the strongest sum of a Subresource Integrity value,
// "sha512-BASE64 sha1-BASE64".
func integrity(text string) []sbom.Sum {
	for _, kind := range []struct{ prefix, algorithm string }{{"sha512-", "SHA512"}, {"sha384-", "SHA384"}, {"sha256-", "SHA256"}, {"sha1-", "SHA1"}} {
		for one := range strings.FieldsSeq(text) {
			if encoded, ok := strings.CutPrefix(one, kind.prefix); ok {
				raw, err := base64.StdEncoding.DecodeString(encoded)
				if err == nil && len(raw) > 0 {
					return []sbom.Sum{{Algorithm: kind.algorithm, Hex: hex.EncodeToString(raw)}}
				}
			}
		}
	}
	return nil
}

// splitAt parts "@scope/name@1.2.3" at its last @.
func splitAt(text string) (name, version string) {
	if i := strings.LastIndexByte(text, '@'); i > 0 {
		return text[:i], text[i+1:]
	}
	return text, ""
}
