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
	"strconv"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

// spec is a case: what stands above the first file, one `key: value` a line.
//
//	# TEXT            what the case is about; the first sentence of docs/compose.md's table
//	dir: DIR          where both are called; the root when missing
//	shell: NAME=value set in the shell; as often as needed
//	layout: Field=x   of the Layout; as often as needed, lists with commas
//	refused: TEXT     both refuse it; ours with a text
//	warns: TEXT       both warn, ours with a text
//	has: TEXT         the model has it, as JSON: a case that cannot fail is none
//	masks: PATHS      infra:config masks in these, and in all others has what
//	                  docker compose config has
//	engine: yes       containers are made, and converge both ways
//	up: CODE          what ours ends with; theirs fails too where it is not 0
//	says: TEXT        what ours says, at its first run
//	then: CODE        what ours ends with where theirs came first; as up, where it is not said
//	made: yes         although ours ends with 3, some containers are there
//	midway: yes       both find it in the middle, as Compose does it for both: what is
//	                  there has never run, and is taken down whole
//	waits: yes        theirs is `up -d --wait`, which as ours looks how all are, not only
//	                  what something else depends on
//	loops: yes        how often containers were restarted is not compared, nor how they are between
//	holds: NETWORK ADDRESS  a process of this machine listens there meanwhile
//	does: VERB NAMES  once it is up, both restart, stop, recreate or take down these
//	                  services: the same containers are started again, and are the
//	                  same, and what they wrote into the file "trace" is
//	recreates: NAMES  with the files below `changed/` in their places, both make
//	                  these services' containers anew, or "none"
//	hand: ARGS        what somebody does with docker by hand before that, or before what the case does, as often as needed
//	differs: TEXT     what is ours on purpose, and why; with `model`, `exit`,
//	                  `convergence`, `label` or `recreates` as its first word that is not compared
//
// PROJECT in a file or in a value is a name that no other run has. REPOSITORY is
// where the files are, NEIGHBOUR a stack that is there and nobody may touch.
type spec struct {
	about                   string
	dir                     string
	shell, has, warns, says []string
	masks, hand             []string
	layout                  project.Layout
	refused                 string
	differs, apart          string // why, and what is not compared
	recreates, does         string
	engine, made, loops     bool
	midway, waits           bool
	holds                   string
	up                      failure.Code
	then                    *failure.Code
	files                   []file
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
	text = strings.ReplaceAll(text, "NEIGHBOUR", neighbour)
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
		if strings.HasPrefix(line, "#") {
			c.about = strings.TrimSpace(c.about + " " + strings.Trim(line, "# \n"))
		} else if key != "" {
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
	case "masks":
		c.masks = append(c.masks, strings.Fields(value)...)
	case "says":
		c.says = append(c.says, value)
	case "recreates":
		c.recreates = value
	case "hand":
		c.hand = append(c.hand, value)
	case "does":
		c.does = value
	case "differs":
		c.differs = value
		for _, what := range []string{"model", "exit", "convergence", "label", "recreates"} {
			if rest, ok := strings.CutPrefix(value, what+": "); ok {
				c.apart, c.differs = what, rest
			}
		}
	case "up":
		code, err := strconv.Atoi(value)
		c.up = failure.Code(code)
		return err
	case "engine":
		c.engine = value == "yes"
	case "then":
		code, err := strconv.Atoi(value)
		c.then = new(failure.Code(code))
		return err
	case "made":
		c.made = value == "yes"
	case "midway":
		c.midway = value == "yes"
	case "waits":
		c.waits = value == "yes"
	case "loops":
		c.loops = value == "yes"
	case "holds":
		c.holds = value
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

// changed is where a case's second version of its files is.
const changed = "changed/"

// write makes the files of a case, those below `changed/` over the others where
// the case has come to them. "a -> b" is a link, "a/" a directory.
func (c spec) write(t *testing.T, root string, second bool) {
	t.Helper()
	for _, f := range c.files {
		place, isSecond := strings.CutPrefix(f.path, changed)
		if isSecond && !second {
			continue
		}
		f.path = place
		name, target, isLink := strings.Cut(f.path, " -> ")
		path := filepath.Join(root, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		switch {
		case err != nil:
		case isLink:
			_ = os.Remove(path)
			err = os.Symlink(target, path)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o755)
		default:
			err = os.WriteFile(path, []byte(strings.ReplaceAll(f.text, "REPOSITORY", root)), fileMode(f.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// fileMode lets a program be run.
func fileMode(text string) os.FileMode {
	if strings.HasPrefix(text, "#!") {
		return 0o700
	}
	return 0o600
}
