// Package main is the lab's SBOM scanner, for machines that docker/buildkit-syft-scanner cannot be
// pulled to. It speaks BuildKit's protocol for scanners (docs/attestations/sbom-protocol.md there):
// the root file systems that BUILDKIT_SCAN_SOURCE and the directories in BUILDKIT_SCAN_SOURCE_EXTRAS
// name are read, and an SPDX 2.3 document for each is written to BUILDKIT_SCAN_DESTINATION, as the
// predicate of an in-toto statement. It knows Debian packages and the modules that Go binaries were
// built from.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

func main() {
	if err := run(os.Getenv, time.Now()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run scans what the environment names.
func run(getenv func(string) string, now time.Time) error {
	source, destination := getenv("BUILDKIT_SCAN_SOURCE"), getenv("BUILDKIT_SCAN_DESTINATION")
	if source == "" || destination == "" {
		return errors.New("BUILDKIT_SCAN_SOURCE or BUILDKIT_SCAN_DESTINATION is not set: BuildKit runs this program")
	}
	more, err := extras(getenv("BUILDKIT_SCAN_SOURCE_EXTRAS"))
	if err != nil {
		return err
	}
	for _, root := range append([]string{source}, more...) {
		if err := scan(root, destination, now); err != nil {
			return err
		}
	}
	return nil
}

// extras lists the further root file systems; that there are none is no error.
func extras(dir string) ([]string, error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read extra sources: %w", err)
	}
	var roots []string
	for _, e := range entries {
		roots = append(roots, filepath.Join(dir, e.Name()))
	}
	return roots, nil
}

// scan writes the document of one root file system.
func scan(root, destination string, now time.Time) error {
	debian, err := debianPackages(root)
	if err != nil {
		return fmt.Errorf("scan %s: %w", root, err)
	}
	modules, err := goModules(root)
	if err != nil {
		return fmt.Errorf("scan %s: %w", root, err)
	}
	return write(filepath.Base(root), destination, append(debian, modules...), now)
}
