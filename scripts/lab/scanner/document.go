package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
)

// component is a package found: kind is deb or go, purl its package URL.
type component struct{ kind, name, version, purl string }

// statement is the in-toto envelope that BuildKit expects a scanner's document in. The subject stays
// empty: BuildKit fills in the image.
type statement struct {
	Type          string          `json:"_type"`
	PredicateType string          `json:"predicateType"`
	Subject       []string        `json:"subject"`
	Predicate     json.RawMessage `json:"predicate"`
}

// write puts the document where BuildKit collects it: NAME.spdx.json.
func write(name, destination string, found []component, now time.Time) error {
	var doc bytes.Buffer
	if err := spdxjson.Write(document(name, found, now), &doc); err != nil {
		return fmt.Errorf("encode document %q: %w", name, err)
	}
	data, err := json.Marshal(statement{
		Type: "https://in-toto.io/Statement/v0.1", PredicateType: "https://spdx.dev/Document", Subject: []string{}, Predicate: doc.Bytes(),
	})
	if err != nil {
		return fmt.Errorf("encode document %q: %w", name, err)
	}
	return os.WriteFile(filepath.Join(destination, name+".spdx.json"), data, 0o600)
}

// document describes a root file system that contains what was found. Its namespace is made of its
// content, so that the same content has the same one.
func document(name string, found []component, now time.Time) *v2_3.Document {
	slices.SortFunc(found, func(a, b component) int { return strings.Compare(a.purl, b.purl) })
	digest := sha256.New()
	doc := &v2_3.Document{
		SPDXVersion: v2_3.Version, DataLicense: v2_3.DataLicense, SPDXIdentifier: "DOCUMENT", DocumentName: name,
		CreationInfo: &v2_3.CreationInfo{
			Creators: []common.Creator{{CreatorType: "Tool", Creator: "lab-scanner-1"}},
			Created:  now.UTC().Format(time.RFC3339),
		},
		Packages: []*v2_3.Package{{
			PackageName: name, PackageSPDXIdentifier: "root", PackageDownloadLocation: "NOASSERTION", PrimaryPackagePurpose: "CONTAINER",
		}},
		Relationships: []*v2_3.Relationship{relate("DOCUMENT", "DESCRIBES", "root")},
	}
	for i, c := range found {
		_, _ = fmt.Fprintln(digest, c.purl)
		id := common.ElementID(c.kind + "-" + strconv.Itoa(i))
		doc.Packages = append(doc.Packages, &v2_3.Package{
			PackageName: c.name, PackageSPDXIdentifier: id, PackageVersion: c.version, PackageDownloadLocation: "NOASSERTION",
			PackageExternalReferences: []*v2_3.PackageExternalReference{
				{Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: c.purl},
			},
		})
		doc.Relationships = append(doc.Relationships, relate("root", "CONTAINS", id))
	}
	doc.DocumentNamespace = "https://spellbook.invalid/lab-scanner/" + name + "-" + hex.EncodeToString(digest.Sum(nil))
	return doc
}

func relate(from common.ElementID, how string, to common.ElementID) *v2_3.Relationship {
	return &v2_3.Relationship{
		RefA: common.MakeDocElementID("", string(from)), Relationship: how, RefB: common.MakeDocElementID("", string(to)),
	}
}
