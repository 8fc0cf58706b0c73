package sbom

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"

	"github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"
)

// predicateSPDX is the type of an in-toto statement that holds an SPDX document.
const predicateSPDX = "https://spdx.dev/Document"

// Attested is the SPDX document in an attestation of BuildKit's, an in-toto
// statement, as indented JSON. It is as the scanner wrote it, with all that
// this package has no word for.
func Attested(statement []byte) ([]byte, error) {
	var s struct {
		PredicateType string             `json:"predicateType"`
		Predicate     stdjson.RawMessage `json:"predicate"`
	}
	if err := stdjson.Unmarshal(statement, &s); err != nil {
		return nil, fmt.Errorf("read attestation: %w", err)
	}
	if s.PredicateType != predicateSPDX {
		return nil, fmt.Errorf("read attestation: %q is no SPDX document", s.PredicateType)
	}
	if _, err := Read(s.Predicate); err != nil {
		return nil, fmt.Errorf("read attestation: %w", err)
	}
	var b bytes.Buffer
	if err := stdjson.Indent(&b, s.Predicate, "", "  "); err != nil {
		return nil, fmt.Errorf("read attestation: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// Read reads an SPDX document of version 2.x.
func Read(data []byte) (*spdx.Document, error) {
	doc, err := json.Read(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read SPDX document: %w", err)
	}
	return doc, nil
}

// Check finds identifiers that are there twice, and relationships to what is
// not there.
func Check(doc *spdx.Document) error {
	there := map[common.ElementID]bool{"DOCUMENT": true}
	var errs []error
	add := func(id common.ElementID) {
		if there[id] {
			errs = append(errs, fmt.Errorf("SPDX identifier %q is there twice", id))
		}
		there[id] = true
	}
	for _, p := range doc.Packages {
		add(p.PackageSPDXIdentifier)
	}
	for _, f := range doc.Files {
		add(f.FileSPDXIdentifier)
	}
	for _, s := range doc.Snippets {
		add(s.SnippetSPDXIdentifier)
	}
	for _, r := range doc.Relationships {
		for _, end := range []common.DocElementID{r.RefA, r.RefB} {
			if end.DocumentRefID == "" && end.SpecialID == "" && !there[end.ElementRefID] {
				errs = append(errs, fmt.Errorf("%s refers to SPDX identifier %q, which is not there", r.Relationship, end.ElementRefID))
			}
		}
	}
	return errors.Join(errs...)
}
