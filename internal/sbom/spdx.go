package sbom

import (
	"encoding/json"
	"fmt"
	"time"
)

type m = map[string]any

// SPDX is the document of an image, SPDX 2.3 as indented JSON: the image itself and
// the modules that its Go programs are made from. It is the same for the same
// arguments.
func SPDX(image string, list []Module, at time.Time) ([]byte, error) {
	packages := []m{{"SPDXID": "SPDXRef-image", "name": image, "downloadLocation": "NOASSERTION", "filesAnalyzed": false, "primaryPackagePurpose": "CONTAINER"}}
	relations := []m{{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-image"}}
	for n, one := range list {
		id, locator := fmt.Sprintf("SPDXRef-module-%d", n+1), "pkg:golang/"+one.Path
		p := m{"SPDXID": id, "name": one.Path, "downloadLocation": "NOASSERTION", "filesAnalyzed": false}
		if one.Version != "" && one.Version != "(devel)" {
			p["versionInfo"], locator = one.Version, locator+"@"+one.Version
		}
		p["externalRefs"] = []m{{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}}
		packages = append(packages, p)
		relations = append(relations, m{"spdxElementId": "SPDXRef-image", "relationshipType": "CONTAINS", "relatedSpdxElement": id})
	}
	data, err := json.MarshalIndent(m{
		"SPDXID": "SPDXRef-DOCUMENT", "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "name": image,
		"documentNamespace": "https://github.com/infinitescribe/spellbook/sbom/" + image,
		"creationInfo":      m{"created": at.UTC().Format(time.RFC3339), "creators": []string{"Tool: spellbook"}},
		"comment":           "What the Go programs in the image say of themselves, and nothing of what else is in it.",
		"packages":          packages, "relationships": relations,
	}, "", "  ")
	return append(data, '\n'), err
}
