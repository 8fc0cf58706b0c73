package report

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/infinitescribe/spellbook/internal/jsondoc"
)

// Document writes v as one indented JSON document.
func Document(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write document: %w", err)
	}
	return nil
}

// MarshalJSON writes lists that are empty as [], never as null.
func (u Up) MarshalJSON() ([]byte, error) {
	type document Up
	u.CriticalPath, u.Services, u.Failures = jsondoc.List(u.CriticalPath), jsondoc.List(u.Services), jsondoc.List(u.Failures)
	return jsondoc.Marshal(document(u))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (s Status) MarshalJSON() ([]byte, error) {
	type document Status
	s.Services = jsondoc.List(s.Services)
	return jsondoc.Marshal(document(s))
}
