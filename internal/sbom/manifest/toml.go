package manifest

import (
	"errors"
	"fmt"

	"github.com/pelletier/go-toml/v2"
)

// table is a TOML table. Its values are strings, bools, numbers, times, []any
// and tables.
type table = map[string]any

// parseTOML reads a document; the error names the line.
func parseTOML(text []byte) (table, error) {
	var doc table
	err := toml.Unmarshal(text, &doc)
	if at := new(toml.DecodeError); errors.As(err, &at) {
		line, _ := at.Position()
		return nil, fmt.Errorf("line %d: %w", line, err)
	}
	return doc, err
}
