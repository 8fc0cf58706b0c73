package manifest

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/sbom"
)

// maxIncludes bounds how many files a requirements file may draw in.
const maxIncludes = 100

// readRequirements reads a requirements file and those that it includes by -r.
// Constraints, options and what is installed from a directory are no packages.
func readRequirements(text []byte, beside sources) (sbom.Manifest, error) {
	r := &requirements{beside: beside}
	err := r.read(string(text), beside.dir)
	return sbom.Manifest{Packages: r.list}, err
}

type requirements struct {
	beside   sources
	included []string
	list     []sbom.Package
}

func (r *requirements) read(text, dir string) error {
	for _, line := range logicalLines(text) {
		if file, ok := included(line); ok {
			if err := r.include(path.Join(dir, file)); err != nil {
				return err
			}
			continue
		}
		if p, ok := requirement(line); ok {
			r.list = append(r.list, p)
		}
	}
	return nil
}

// include reads a further file, once.
func (r *requirements) include(file string) error {
	if slices.Contains(r.included, file) {
		return nil
	}
	if r.included = append(r.included, file); len(r.included) > maxIncludes {
		return fmt.Errorf("it draws in more than %d files", maxIncludes)
	}
	if !fs.ValidPath(file) {
		return fmt.Errorf("-r %s leaves the build context", file)
	}
	text, err := readFile(r.beside.fsys, file)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("-r %s is not there", file)
	}
	if err != nil {
		return err
	}
	return r.read(string(text), path.Dir(file))
}

// included is the file of -r FILE, -rFILE, --requirement FILE and =FILE.
func included(line string) (string, bool) {
	for _, option := range []string{"--requirement=", "--requirement ", "-r"} {
		if file, ok := strings.CutPrefix(line, option); ok {
			return strings.TrimSpace(file), strings.TrimSpace(file) != ""
		}
	}
	return "", false
}

// logicalLines joins the lines that end with a backslash, and takes comments
// and blank lines out.
func logicalLines(text string) []string {
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n")
	var list []string
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\\\n", " "), "\n") {
		line = " " + strings.TrimSpace(line)
		if i := strings.Index(line, " #"); i >= 0 {
			line = line[:i]
		}
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

var (
	requirementName = regexp.MustCompile(`^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(.*)$`)
	pinned          = regexp.MustCompile(`^={2,3}\s*([A-Za-z0-9][A-Za-z0-9.!+_-]*)$`)
	hashes          = regexp.MustCompile(`--hash[= ]\s*(\S+)`)
	option          = regexp.MustCompile(`\s--[a-z].*$`)
)

// requirement reads one: name[extras] specifier ; marker --hash=…, or
// name @ URL. Source: PEP 508, and pip's requirements file format.
func requirement(line string) (sbom.Package, bool) {
	sums := hashes.FindAllStringSubmatch(line, -1)
	line = strings.TrimSpace(option.ReplaceAllString(line, ""))
	found := requirementName.FindStringSubmatch(line)
	if found == nil {
		return sbom.Package{}, false
	}
	p := sbom.Package{Name: found[1]}
	rest := strings.TrimSpace(found[2])
	if url, ok := strings.CutPrefix(rest, "@"); ok {
		url, _, _ = strings.Cut(strings.TrimSpace(url), " ;")
		p.Note = "from " + url
		return p, true
	}
	wanted, _, _ := strings.Cut(rest, ";")
	wanted = strings.TrimSpace(strings.Trim(strings.TrimSpace(wanted), "()"))
	if wanted != "" && !strings.ContainsAny(wanted[:1], "=<>!~") {
		return sbom.Package{}, false // a path or a URL
	}
	if version := pinned.FindStringSubmatch(wanted); version != nil {
		p.Version = version[1]
	} else {
		p.Wanted = wanted
	}
	if len(sums) == 1 && p.Version != "" {
		p.Sums = pythonSum(sums[0][1])
	}
	return p, true
}
