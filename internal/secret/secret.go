// Package secret holds a string that no log, plan or JSON document can show by
// accident. It is a leaf: it imports nothing of Spellbook.
package secret

import (
	"fmt"
	"io"
	"strings"
)

// Mask is what a secret prints as.
const Mask = "****"

// String is a secret. Reveal is the only way to its text.
type String struct{ value string }

// New wraps value.
func New(value string) String { return String{value} }

// Reveal returns the text, for the one process that needs it.
func (s String) Reveal() string { return s.value }

// IsZero reports whether there is no text.
func (s String) IsZero() bool { return s.value == "" }

// String masks, so that every fmt verb does.
func (s String) String() string { return Mask }

// Format masks under every verb, %#v and %x included.
func (s String) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Mask) }

// MarshalText masks in JSON, YAML and XML.
func (s String) MarshalText() ([]byte, error) { return []byte(Mask), nil }

// nameWords are the parts of a variable's name that make its value a secret.
var nameWords = []string{
	"PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY",
	"ACCESS_KEY", "CREDENTIAL", "PASSPHRASE", "_AUTH", "DSN",
}

// IsName reports whether a variable of this name holds a secret by convention.
func IsName(name string) bool {
	upper := strings.ToUpper(name)
	for _, word := range nameWords {
		if strings.Contains(upper, word) {
			return true
		}
	}
	return strings.HasSuffix(upper, "_KEY") || strings.HasSuffix(upper, "_PASS")
}
