// Package jsondoc marshals documents as all of ours are: no list is null, and
// no character of HTML is escaped. It imports nothing of ours.
package jsondoc

import (
	"bytes"
	"encoding/json"
)

// Marshal is json.Marshal that leaves <, > and & as they are.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// List is s, never null in JSON.
func List[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
