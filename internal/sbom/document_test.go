package sbom_test

import (
	"bytes"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/sbom"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func sample() (sbom.Image, []sbom.Manifest) {
	image := sbom.Image{Repository: "infinite-scribe/backend", Key: "3f9a0c11d2e4b587", Services: []string{"agent", "api"}, Created: time.Unix(1767225600, 0)}
	return image, []sbom.Manifest{
		{Ecosystem: sbom.Go, Name: "example.com/Scribe", Origin: "apps/backend/go.mod", Packages: []sbom.Package{
			{Name: "github.com/BurntSushi/toml", Version: "v1.5.0", Sums: sbom.GoSum("h1:W5quZX/G/csjUnuI8SUYlsHs9M38FC7znL0lIO+DvMg=")},
			{Name: "example.com/paper", Version: "v1.2.0", Note: "replaced by the directory ../paper"},
		}},
		{Ecosystem: sbom.NPM, Name: "web", Version: "1.0.0", Origin: "web/package-lock.json", Packages: []sbom.Package{
			{Name: "@types/node", Version: "22.0.0", Dev: true, Sums: []sbom.Sum{{Algorithm: "SHA512", Hex: "00ff"}}},
			{Name: "left-pad", Version: "1.3.0", Dev: true}, {Name: "left-pad", Version: "1.3.0"},
		}},
		{Ecosystem: sbom.PyPI, Origin: "requirements.txt", Packages: []sbom.Package{
			{Name: "Typing_Extensions", Wanted: ">=4,<5"}, {Name: "typing.extensions", Version: "4.1"},
		}},
	}
}

func encoded(t *testing.T) []byte {
	t.Helper()
	data, err := sbom.Encode(sbom.Document(sample()))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestADocumentSaysWhatTheImageIsMadeOf(t *testing.T) {
	const golden = "testdata/document.spdx.json"
	got := encoded(t)
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("differs from %s (go test ./internal/sbom -update): %v\n%s", golden, err, got)
	}
}

func TestADocumentIsTheSameWhateverTheOrder(t *testing.T) {
	image, manifests := sample()
	for _, m := range manifests {
		for i, j := 0, len(m.Packages)-1; i < j; i, j = i+1, j-1 {
			m.Packages[i], m.Packages[j] = m.Packages[j], m.Packages[i]
		}
	}
	got, err := sbom.Encode(sbom.Document(image, manifests))
	if err != nil || !bytes.Equal(got, encoded(t)) {
		t.Errorf("the order of the packages changed the document: %v", err)
	}
}

func TestTheLibrarysOwnReaderTakesADocument(t *testing.T) {
	doc, err := sbom.Read(encoded(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := sbom.Check(doc); err != nil {
		t.Error(err)
	}
	if doc.SPDXVersion != "SPDX-2.3" || len(doc.Packages) != 10 || len(doc.Relationships) != 10 {
		t.Errorf("version %s, %d packages, %d relationships", doc.SPDXVersion, len(doc.Packages), len(doc.Relationships))
	}
}

func TestOtherContentHasAnotherNamespace(t *testing.T) {
	image, manifests := sample()
	before := sbom.Document(image, manifests).DocumentNamespace
	manifests[0].Packages[0].Version = "v1.5.1"
	if after := sbom.Document(image, manifests).DocumentNamespace; after == before {
		t.Errorf("two documents share %s", after)
	}
}

func TestAnIdentifierThatIsNotThereOrThereTwiceIsFound(t *testing.T) {
	doc := sbom.Document(sample())
	doc.Relationships[0].RefB.ElementRefID = "gone"
	if err := sbom.Check(doc); err == nil || err.Error() != `DESCRIBES refers to SPDX identifier "gone", which is not there` {
		t.Errorf("got %v", err)
	}
	doc = sbom.Document(sample())
	doc.Packages[1].PackageSPDXIdentifier = doc.Packages[0].PackageSPDXIdentifier
	if sbom.Check(doc) == nil {
		t.Error("an identifier that is there twice went unseen")
	}
}
