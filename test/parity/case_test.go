// Package parity_test holds Spellbook to what Docker Compose means: each file
// below testdata is a small stack, which is read and brought up by ours and by
// the real `docker compose`, side by side, in directories of their own. A case
// needs no Go: it is a txtar archive, see parse.
package parity_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/project"
)

// spec is a case: what stands above the first file, one `key: value` a line.
//
//	dir: DIR          where both are called; the root when missing
//	shell: NAME=value set in the shell; as often as needed
//	layout: Field=x   of the Layout; as often as needed, lists with commas
//	refused: TEXT     both refuse it; ours with a text
//	warns: TEXT       both warn, ours with a text
//	differs: TEXT     what is ours on purpose: the models are not compared
//	engine: yes       containers are made, and converge both ways
//	has: TEXT         the model has it, as JSON: a case that cannot fail is none
//
// PROJECT in a file or in a value is a name that no other run has. Lines that
// begin with # say what the case is about.
type spec struct {
	dir               string
	shell, has, warns []string
	layout            project.Layout
	refused, differs  string
	engine            bool
	files             []file
}

type file struct{ path, text string }

var heading = regexp.MustCompile(`(?m)^-- (.+) --\n`)

// read reads a case for a project of this name.
func read(t *testing.T, path, name string) spec {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(data), "PROJECT", name)
	text = strings.ReplaceAll(text, "COMPOSE_"+name, "COMPOSE_PROJECT") // which is a variable's
	c, err := parse(text)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return c
}

func parse(text string) (c spec, err error) {
	places := heading.FindAllStringSubmatchIndex(text, -1)
	if len(places) == 0 {
		return c, fmt.Errorf("no file")
	}
	for line := range strings.Lines(text[:places[0][0]]) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if key != "" && !strings.HasPrefix(key, "#") {
			if err := c.set(key, value); err != nil {
				return c, err
			}
		}
	}
	for i, at := range places {
		end := len(text)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		c.files = append(c.files, file{text[at[2]:at[3]], text[at[1]:end]})
	}
	return c, nil
}

func (c *spec) set(key, value string) error {
	switch key {
	case "dir":
		c.dir = value
	case "shell":
		c.shell = append(c.shell, value)
	case "has":
		c.has = append(c.has, value)
	case "warns":
		c.warns = append(c.warns, value)
	case "refused":
		c.refused = value
	case "differs":
		c.differs = value
	case "engine":
		c.engine = value == "yes"
	case "layout":
		return c.setLayout(value)
	default:
		return fmt.Errorf("no key %q", key)
	}
	return nil
}

func (c *spec) setLayout(pair string) error {
	field, value, _ := strings.Cut(pair, "=")
	list := strings.Split(value, ",")
	switch field {
	case "ComposeDir":
		c.layout.ComposeDir = value
	case "EnvDir":
		c.layout.EnvDir = value
	case "EnvLink":
		c.layout.EnvLink = value
	case "Files":
		c.layout.Files = list
	case "EnvFiles":
		c.layout.EnvFiles = list
	default:
		return fmt.Errorf("no field %q of the Layout", field)
	}
	return nil
}

// write makes the files of a case. "a -> b" is a link, "a/" a directory.
func (c spec) write(t *testing.T, root string) {
	t.Helper()
	for _, f := range c.files {
		name, target, isLink := strings.Cut(f.path, " -> ")
		path := filepath.Join(root, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		switch {
		case err != nil:
		case isLink:
			err = os.Symlink(target, path)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o755)
		default:
			err = os.WriteFile(path, []byte(f.text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
