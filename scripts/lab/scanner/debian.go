package main

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// debianPackages reads dpkg's own record, which an image without Debian packages lacks, and the
// directory that distroless images have in its place.
func debianPackages(root string) ([]component, error) {
	paths, _ := filepath.Glob(filepath.Join(root, "var/lib/dpkg/status.d/*")) // the pattern is a good one
	var found []component
	for _, path := range append(paths, filepath.Join(root, "var/lib/dpkg/status")) {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list, err := parseStatus(f)
		_ = f.Close()
		if err != nil {
			return nil, err
		}
		found = append(found, list...)
	}
	return found, nil
}

// parseStatus reads paragraphs of "Field: value" lines, of which continued ones begin with a space.
// Packages that were removed again, their configuration left, do not count.
func parseStatus(r io.Reader) ([]component, error) {
	var found []component
	fields := map[string]string{}
	end := func() {
		if status := fields["Status"]; fields["Package"] != "" && (status == "" || strings.HasSuffix(status, " installed")) {
			found = append(found, debianPackage(fields))
		}
		fields = map[string]string{}
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20) // lists of conffiles and dependencies are long
	for lines.Scan() {
		line := lines.Text()
		if line == "" {
			end()
			continue
		}
		if name, value, ok := strings.Cut(line, ": "); ok && line[0] != ' ' {
			fields[name] = value
		}
	}
	end()
	return found, lines.Err()
}

func debianPackage(fields map[string]string) component {
	name, version, arch := fields["Package"], fields["Version"], fields["Architecture"]
	return component{
		kind: "deb", name: name, version: version,
		purl: "pkg:deb/debian/" + url.PathEscape(name) + "@" + url.QueryEscape(version) + "?arch=" + url.QueryEscape(arch),
	}
}
