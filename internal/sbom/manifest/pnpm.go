package manifest

import (
	"encoding/json"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/sbom"
)

// readPackageJSON reads package.json, which knows ranges alone.
func readPackageJSON(text []byte, _ sources) (sbom.Manifest, error) {
	var file struct {
		Name            string            `json:"name"`
		Version         string            `json:"version"`
		Dependencies    map[string]string `json:"dependencies"`
		Optional        map[string]string `json:"optionalDependencies"`
		DevDependencies map[string]string `json:"devDependencies"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return sbom.Manifest{}, err
	}
	m := sbom.Manifest{Name: file.Name, Version: file.Version}
	for _, group := range []map[string]string{file.Dependencies, file.Optional} {
		for name, wanted := range group {
			m.Packages = append(m.Packages, sbom.Package{Name: name, Wanted: wanted})
		}
	}
	for name, wanted := range file.DevDependencies {
		m.Packages = append(m.Packages, sbom.Package{Name: name, Wanted: wanted, Dev: true})
	}
	return m, nil
}

// readPNPM reads pnpm-lock.yaml of versions 5 to 9, whose packages are called
// /name/1.2.3_peer, /name@1.2.3(peer) and name@1.2.3. The application's name is
// that of package.json beside it.
func readPNPM(text []byte, beside sources) (sbom.Manifest, error) {
	var file struct {
		Packages map[string]struct {
			Resolution struct {
				Integrity string `yaml:"integrity"`
			} `yaml:"resolution"`
			Dev bool `yaml:"dev"`
		} `yaml:"packages"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return sbom.Manifest{}, err
	}
	var m sbom.Manifest
	if about, err := beside.text("package.json"); err == nil && about != nil {
		if named, err := readPackageJSON(about, beside); err == nil {
			m.Name, m.Version = named.Name, named.Version
		}
	}
	for key, entry := range file.Packages {
		name, version := pnpmName(key)
		m.Packages = append(m.Packages, sbom.Package{Name: name, Version: version, Dev: entry.Dev, Sums: integrity(entry.Resolution.Integrity)})
	}
	return m, nil
}

// pnpm5 is a key of version 5: /name/1.2.3_peer.
var pnpm5 = regexp.MustCompile(`^/((?:@[^/]+/)?[^/@]+)/([^_]+)`)

func pnpmName(key string) (name, version string) {
	if found := pnpm5.FindStringSubmatch(key); found != nil {
		return found[1], found[2]
	}
	key, _, _ = strings.Cut(strings.TrimPrefix(key, "/"), "(")
	return splitAt(key)
}
