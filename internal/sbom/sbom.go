// Package sbom reads what the Go programs in an image say that they are made
// from, and writes it as SPDX, for where nothing else looks into an image. It
// imports nothing of Spellbook.
package sbom

import (
	"archive/tar"
	"bytes"
	"cmp"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime/debug"
	"slices"
)

// Module is a Go module of a program; the standard library is one.
type Module struct{ Path, Version string }

// Modules are those of all Go programs in a tar archive of an image's files, each
// once, sorted by path and version.
func Modules(archive io.Reader) ([]Module, error) {
	var list []Module
	for r := tar.NewReader(archive); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			slices.SortFunc(list, func(a, b Module) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Version, b.Version)) })
			return slices.Compact(list), nil
		}
		if err != nil {
			return nil, fmt.Errorf("read an image's files: %w", err)
		}
		if header.Typeflag != tar.TypeReg || header.FileInfo().Mode()&0o111 == fs.FileMode(0) {
			continue
		}
		info, err := program(r)
		if err != nil {
			return nil, fmt.Errorf("read %s of an image: %w", path.Clean(header.Name), err)
		}
		if info != nil {
			list = append(list, modules(info)...)
		}
	}
}

// program is what one says of itself; nil where it is not one of Go's. What begins as a
// program of Linux or Windows is kept in a temporary file, as it is read out of order and
// may be larger than the memory; of all else no more than the beginning is read.
func program(r io.Reader) (_ *debug.BuildInfo, err error) {
	magic := make([]byte, 4)
	n, err := io.ReadFull(r, magic)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && n < len(magic) {
		return nil, nil // shorter than any program, or the archive's end, which its reader finds
	}
	if err != nil || !bytes.Equal(magic, []byte("\x7fELF")) && !bytes.HasPrefix(magic, []byte("MZ")) {
		return nil, err
	}
	file, err := os.CreateTemp("", "spellbook-program-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	if _, err := io.Copy(file, io.MultiReader(bytes.NewReader(magic), r)); err != nil {
		return nil, err
	}
	info, err := buildinfo.Read(file)
	if err != nil {
		return nil, nil //nolint:nilerr // another language's program is none of Go's
	}
	return info, nil
}

func modules(info *debug.BuildInfo) []Module {
	list := []Module{{"stdlib", info.GoVersion}}
	if info.Main.Path != "" {
		list = append(list, Module{info.Main.Path, info.Main.Version})
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		list = append(list, Module{m.Path, m.Version})
	}
	return list
}
