package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
)

// component is a package found: kind is deb or go, purl its package URL.
type component struct{ kind, name, version, purl string }

// write puts the document where BuildKit collects it: NAME.spdx.json.
func write(name, destination string, found []component, now time.Time) error {
	f, err := os.Create(filepath.Join(destination, name+".spdx.json"))
	if err != nil {
		return fmt.Errorf("write document %q: %w", name, err)
	}
	if err := json.Write(document(name, found, now), f, json.Indent("  ")); err != nil {
		_ = f.Close()
		return fmt.Errorf("write document %q: %w", name, err)
	}
	return f.Close()
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
