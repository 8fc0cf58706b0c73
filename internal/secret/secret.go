// Package secret says what a secret is: by the name of a variable (IsName), by
// the form of a value (Redact), and which values are told apart from ordinary
// words wherever they stand (IsDistinctive). By place, where a secret is
// interpolated, internal/redact tells. It holds a string, too, that no log, plan
// or JSON document can show by accident. It imports lazyregexp and nothing else
// of Spellbook.
package secret

import (
	"fmt"
	"io"
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
