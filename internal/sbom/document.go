package sbom

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	stdjson "encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"
)

// unknown is how SPDX says that nobody has looked.
const unknown = "NOASSERTION"

// imageID is the identifier of the package that stands for the image.
const imageID = "Image"

// Document describes an image by the manifests of the applications in it.
func Document(image Image, manifests []Manifest) *spdx.Document {
	w := &writer{ids: map[string]bool{}, packages: map[string]common.ElementID{}}
	w.image(image)
	for _, m := range manifests {
		w.manifest(m)
	}
	doc := &spdx.Document{
		SPDXVersion: spdx.Version, DataLicense: spdx.DataLicense, SPDXIdentifier: "DOCUMENT",
		DocumentName: image.Repository + ":" + image.Key,
		CreationInfo: &spdx.CreationInfo{
			Created:  image.Created.UTC().Format(time.RFC3339),
			Creators: []common.Creator{{CreatorType: "Tool", Creator: "spellbook"}},
		},
		Packages: w.list, Relationships: w.relations,
	}
	doc.DocumentNamespace = namespace(image, doc)
	return doc
}

// namespace is unique to the document, as SPDX wants it: it has the image's key
// and a digest of all that is said. spdx.org/spdxdocs is for those who have no
// address of their own.
func namespace(image Image, doc *spdx.Document) string {
	hash := sha256.New()
	if err := stdjson.NewEncoder(hash).Encode(doc); err != nil { // made of texts alone
		panic(err)
	}
	name := escape(strings.ReplaceAll(image.Repository, "/", "-"))
	return "https://spdx.org/spdxdocs/" + name + "-" + escape(image.Key) + "-" + hex.EncodeToString(hash.Sum(nil)[:8])
}

// writer gathers the parts of a document.
type writer struct {
	list      []*spdx.Package
	relations []*spdx.Relationship
	ids       map[string]bool
	packages  map[string]common.ElementID // by what makes them one
}

func (w *writer) image(image Image) {
	p := newPackage(imageID, image.Repository, image.Key, imageURL(image.Repository, image.Key))
	p.PrimaryPackagePurpose = "CONTAINER"
	if len(image.Services) > 0 {
		p.PackageComment = "the image of " + strings.Join(image.Services, ", ")
	}
	w.ids[imageID] = true
	w.list = append(w.list, p)
	w.relate("DOCUMENT", common.TypeRelationshipDescribe, imageID)
}

// manifest adds an application and its packages.
func (w *writer) manifest(m Manifest) {
	name := m.Name
	if name == "" {
		name = m.Origin
	}
	url := ""
	if m.Name != "" {
		url = URL(m.Ecosystem, m.Name, m.Version)
	}
	app := newPackage(w.id("Application-"+name), name, m.Version, url)
	app.PrimaryPackagePurpose, app.PackageSourceInfo = "APPLICATION", "from "+m.Origin
	w.list = append(w.list, app)
	w.relate(imageID, common.TypeRelationshipContains, app.PackageSPDXIdentifier)
	for _, one := range Tidy(m.Packages) {
		id := w.add(m.Ecosystem, one)
		if one.Dev {
			w.relate(id, common.TypeRelationshipDevDependencyOf, app.PackageSPDXIdentifier)
		} else {
			w.relate(app.PackageSPDXIdentifier, common.TypeRelationshipDependsOn, id)
		}
	}
}

// add adds a package, once however many applications want it.
func (w *writer) add(e Ecosystem, one Package) common.ElementID {
	same := fmt.Sprint(e, "\x00", one.Name, "\x00", one.Version, "\x00", one.Wanted, "\x00", one.Note, "\x00", one.Sums)
	if id, there := w.packages[same]; there {
		return id
	}
	p := newPackage(w.id(string(e)+"-"+one.Name+"-"+one.Version), one.Name, one.Version, URL(e, one.Name, one.Version))
	p.PrimaryPackagePurpose = "LIBRARY"
	for _, s := range one.Sums {
		p.PackageChecksums = append(p.PackageChecksums, common.Checksum{Algorithm: common.ChecksumAlgorithm(s.Algorithm), Value: s.Hex})
	}
	p.PackageComment = one.Note
	if one.Wanted != "" {
		p.PackageComment = strings.TrimPrefix(one.Note+"; ", "; ") + "asked for: " + one.Wanted
	}
	w.list = append(w.list, p)
	w.packages[same] = p.PackageSPDXIdentifier
	return p.PackageSPDXIdentifier
}

// id makes an identifier that no other package has.
func (w *writer) id(text string) common.ElementID {
	clean := strings.Map(func(r rune) rune {
		if r < 128 && isPlain(byte(r)) {
			return r
		}
		return '-'
	}, strings.Trim(text, "-"))
	id := clean
	for n := 2; w.ids[id]; n++ {
		id = fmt.Sprintf("%s.%d", clean, n)
	}
	w.ids[id] = true
	return common.ElementID(id)
}

func (w *writer) relate(a common.ElementID, how string, b common.ElementID) {
	w.relations = append(w.relations, &spdx.Relationship{
		RefA: common.DocElementID{ElementRefID: a}, RefB: common.DocElementID{ElementRefID: b}, Relationship: how})
}

func newPackage(id common.ElementID, name, version, url string) *spdx.Package {
	p := &spdx.Package{
		PackageName: name, PackageSPDXIdentifier: id, PackageVersion: version, PackageDownloadLocation: unknown,
		PackageLicenseConcluded: unknown, PackageLicenseDeclared: unknown, PackageCopyrightText: unknown,
		PackageSupplier: &common.Supplier{Supplier: unknown},
	}
	if url != "" {
		p.PackageExternalReferences = []*spdx.PackageExternalReference{{Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: url}}
	}
	return p
}

// Encode writes a document as indented JSON.
func Encode(doc *spdx.Document) ([]byte, error) {
	var b bytes.Buffer
	if err := json.Write(doc, &b, json.Indent("  "), json.EscapeHTML(false)); err != nil {
		return nil, fmt.Errorf("write SPDX document: %w", err)
	}
	return b.Bytes(), nil
}
