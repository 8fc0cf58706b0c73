package main

import (
	"bytes"
	"debug/buildinfo"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
)

// goModules finds every Go binary under root, and lists its main module, its dependencies and the
// standard library. A module that several binaries hold is listed once.
func goModules(root string) ([]component, error) {
	var found []component
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || !isProgram(path) {
			return err
		}
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			return nil //nolint:nilerr // another language's program is none of a Go module's
		}
		for _, c := range modules(info) {
			if !seen[c.purl] {
				seen[c.purl] = true
				found = append(found, c)
			}
		}
		return nil
	})
	return found, err
}

// isProgram looks at the first bytes: asking buildinfo about every file of an image would take long.
func isProgram(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	magic := make([]byte, 4)
	_, err = f.Read(magic)
	return err == nil && bytes.Equal(magic, []byte("\x7fELF"))
}

func modules(info *debug.BuildInfo) []component {
	list := []component{module("stdlib", info.GoVersion)}
	if info.Main.Path != "" {
		list = append(list, module(info.Main.Path, info.Main.Version))
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		list = append(list, module(m.Path, m.Version))
	}
	return list
}

func module(path, version string) component {
	c := component{kind: "go", name: path, version: version, purl: "pkg:golang/" + path}
	if version != "" && version != "(devel)" {
		c.purl += "@" + version
	}
	return c
}
