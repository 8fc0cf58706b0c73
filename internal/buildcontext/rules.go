package buildcontext

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/patternmatcher/ignorefile"
)

// defaultName is the ignore file of a context that has none for its Dockerfile.
const defaultName = ".dockerignore"

// rules are what an ignore file says. The zero value lets everything through.
type rules struct {
	file       string // absolute; "" where there is none
	patterns   []pattern
	exceptions bool
	// plain says that all exceptions begin with plain text. BuildKit then
	// leaves out the excluded directories that none of them names.
	plain bool
}

// loadRules reads the ignore file that BuildKit would take: the Dockerfile's
// own, even if it is empty, before the context's.
func loadRules(o Options) (rules, error) {
	files := []string{filepath.Join(o.Dir, defaultName)}
	if o.Dockerfile != "" {
		files = []string{o.Dockerfile + defaultName, files[0]}
	}
	for _, file := range files {
		text, err := readWithin(file)
		if err == nil {
			return parseRules(file, text)
		}
		if !passedOver(file, err) {
			return rules{}, unreadable(file, err)
		}
	}
	return rules{}, nil
}

// readWithin follows links as far as file's own directory reaches, as BuildKit
// is sent nothing else.
func readWithin(file string) ([]byte, error) {
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	defer root.Close() //nolint:errcheck // it was only read
	return root.ReadFile(filepath.Base(file))
}

// passedOver says whether BuildKit sees no ignore file here: none, a
// directory, or a link that leads nowhere or out of the context.
func passedOver(file string, err error) bool {
	info, lost := os.Lstat(file)
	switch {
	case gone(err) || gone(lost):
		return true
	case lost != nil || os.IsPermission(err):
		return false
	}
	return info.IsDir() || info.Mode()&os.ModeSymlink != 0
}

// parseRules reads line by line, so that a bad pattern has a line number.
func parseRules(file string, text []byte) (rules, error) {
	r := rules{file: file, plain: true}
	if _, err := ignorefile.ReadAll(bytes.NewReader(text)); err != nil {
		return rules{}, unreadable(file, err)
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for number := 1; lines.Scan(); number++ {
		line := lines.Bytes()
		if number > 1 { // only the file's beginning may be a byte order mark
			line = append([]byte("\n"), line...)
		}
		words, err := ignorefile.ReadAll(bytes.NewReader(line))
		for _, word := range words {
			err = r.add(word, number)
		}
		if err != nil {
			return rules{}, badPattern(file, number, err)
		}
	}
	return r, nil
}

func (r *rules) add(text string, line int) error {
	p, err := newPattern(text)
	if err != nil || p.matcher == nil {
		return err
	}
	p.line = line
	r.patterns = append(r.patterns, p)
	if p.exception {
		r.exceptions = true
		r.plain = r.plain && !strings.ContainsAny(p.stem, special())
	}
	return nil
}

// excluded says whether path is left out. parent tells which patterns matched
// the directory above; what matches path is noted in own, unless that is nil. This is patternmatcher's MatchesUsingParentResults,
// asking each pattern by itself.
func (r *rules) excluded(path string, parent, own []bool) (bool, error) {
	out := false
	for i := range r.patterns {
		p := &r.patterns[i]
		match := parent[i]
		if !match {
			if p.exception != out {
				continue
			}
			var err error
			if match, err = p.matches(path); err != nil {
				return false, badPattern(r.file, p.line, err)
			}
		}
		if own != nil {
			own[i] = match
		}
		if match {
			out = !p.exception
		}
	}
	return out, nil
}

// entered says whether an excluded directory is looked into: where an
// exception could match something in it.
func (r *rules) entered(dir string) bool {
	if !r.exceptions {
		return false
	}
	dir = filepath.FromSlash(dir + "/")
	for i := range r.patterns {
		if p := &r.patterns[i]; p.exception && p.reaches(dir, r.plain) {
			return true
		}
	}
	return false
}
