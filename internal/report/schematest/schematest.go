// Package schematest validates documents against the schemas in docs/schema,
// for tests of report and for end-to-end tests of what targets write. It
// imports nothing of Spellbook.
package schematest

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Validate fails the test unless doc is one JSON document that the schema
// called name ("up", "status", "timeline") allows.
func Validate(t testing.TB, name string, doc []byte) {
	t.Helper()
	if err := Check(name, doc); err != nil {
		t.Errorf("document %q: %v\n%s", name, err, doc)
	}
}

// Check is Validate as an error. It looks for docs/schema from the working
// directory upwards, then from where this file was compiled.
func Check(name string, doc []byte) error {
	path, err := find(filepath.Join("docs", "schema", name+".schema.json"))
	if err != nil {
		return err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile(path)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func find(rel string) (string, error) {
	_, source, _, _ := runtime.Caller(0)
	wd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for _, dir := range []string{wd, filepath.Dir(source)} {
		if path := above(dir, rel); path != "" {
			return path, nil
		}
	}
	return "", fmt.Errorf("find schema %q above %q: %w", rel, wd, fs.ErrNotExist)
}

// above is rel in dir or the nearest directory above it that has it; "" where
// none does.
func above(dir, rel string) string {
	for {
		path := filepath.Join(dir, rel)
		if _, err := os.Stat(path); err == nil {
			return path
		}
		if filepath.Dir(dir) == dir {
			return ""
		}
		dir = filepath.Dir(dir)
	}
}
