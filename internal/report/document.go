package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
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

// marshal is json.Marshal that leaves <, > and & as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// list is s, never null in JSON.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// MarshalJSON writes lists that are empty as [], never as null.
func (s Service) MarshalJSON() ([]byte, error) {
	type document Service
	s.URLs = list(s.URLs)
	return marshal(document(s))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (f Failure) MarshalJSON() ([]byte, error) {
	type document Failure
	f.Logs = list(f.Logs)
	return marshal(document(f))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (u Up) MarshalJSON() ([]byte, error) {
	type document Up
	u.CriticalPath, u.Services, u.Failures = list(u.CriticalPath), list(u.Services), list(u.Failures)
	return marshal(document(u))
}

// MarshalJSON writes lists that are empty as [], never as null.
func (s Status) MarshalJSON() ([]byte, error) {
	type document Status
	s.Services = list(s.Services)
	return marshal(document(s))
}
