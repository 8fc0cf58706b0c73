package scaffold

import (
	"fmt"
	"hash/fnv"
	"io/fs"
	"path"
	"strings"
	"text/template"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

var pluginName = lazyregexp.New(`^[a-z][a-z0-9]{0,31}$`)

// CheckName refuses what cannot be a plugin: its name is a namespace of Mage, a
// package's directory, and a word in PLUGINS. The failure is Usage.
func CheckName(name string) error {
	if pluginName.MatchString(name) && name != "sdk" {
		return nil
	}
	return failure.New(failure.Usage, "%q is no name of a plugin", name).
		WithHint("small letters and digits, a letter first: mage plugin:new orders")
}

// New is the files of a new plugin, relative to its directory. It builds, its
// tests pass, and so does the conformance kit.
func New(name string) ([]File, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	t, err := template.ParseFS(templates, "templates/new/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("parse the templates of a plugin: %w", err)
	}
	names, err := fs.Glob(templates, "templates/new/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("list the templates of a plugin: %w", err)
	}
	data := map[string]any{"Name": name, "Prefix": strings.ToUpper(name), "Port": portOf(name)}
	var files []File
	for _, one := range names {
		base := path.Base(one)
		f, err := filled(t.Lookup(base), strings.TrimSuffix(base, ".tmpl"), data)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// portOf is the same for a name at all times, and another one for most others,
// so that two new plugins can run side by side.
func portOf(name string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // never fails
	return 20000 + h.Sum32()%10000
}
