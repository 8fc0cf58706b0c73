// Package sbom writes down what an image is made of, as SPDX 2.3 JSON: from
// the manifests that its sources carry (package manifest reads them), from the
// build information in a Go program, or as BuildKit attests it. It is pure: the
// same image gives the same document, byte for byte. It imports nothing of
// Spellbook.
package sbom

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Ecosystem is where a package comes from, as package URLs call it.
type Ecosystem string

// The ecosystems.
const (
	Go   Ecosystem = "golang"
	PyPI Ecosystem = "pypi"
	NPM  Ecosystem = "npm"
)

// Image is what a document is about.
type Image struct {
	Repository string // infinite-scribe/backend
	Key        string // content key, or another tag
	Services   []string
	Created    time.Time // of the commit, so that it stays the same
}

// Manifest is an application in the image, and what it says it is made of.
type Manifest struct {
	Ecosystem Ecosystem
	Name      string // the application's; "" where the manifest has none
	Version   string
	Origin    string // where that is from: "apps/backend/go.mod"
	Packages  []Package
}

// Package is one dependency.
type Package struct {
	Name    string
	Version string // "" where none is fixed
	Wanted  string // the range asked for, where no version is fixed
	Sums    []Sum
	Dev     bool   // for tests and tools only
	Note    string // what else there is to know; may be empty
}

// Sum is a checksum, Algorithm as SPDX names it and Hex in hexadecimal.
type Sum struct{ Algorithm, Hex string }

// Tidy sorts packages and joins those of one name and version; one that is
// there for development and otherwise as well is no development package.
func Tidy(list []Package) []Package {
	order := func(a, b Package) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Version, b.Version), strings.Compare(a.Wanted, b.Wanted),
			cmp.Compare(rank(a), rank(b)), strings.Compare(a.Note, b.Note), slices.CompareFunc(a.Sums, b.Sums, compareSums))
	}
	list = slices.Clone(list)
	slices.SortFunc(list, order)
	return slices.CompactFunc(list, func(a, b Package) bool {
		return a.Name == b.Name && a.Version == b.Version && a.Wanted == b.Wanted
	})
}

// rank lets the packages come first that say more: for use, and with sums.
func rank(p Package) int {
	n := 0
	if p.Dev {
		n += 2
	}
	if len(p.Sums) == 0 {
		n++
	}
	return n
}

func compareSums(a, b Sum) int {
	return cmp.Or(strings.Compare(a.Algorithm, b.Algorithm), strings.Compare(a.Hex, b.Hex))
}
