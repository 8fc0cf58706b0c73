package project

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"go.yaml.in/yaml/v4"
)

// Sources are the files that the model was read from: the Compose files, all
// that they include or extend, and the .env beside those, whose variables
// compose-go takes for an include, whether it exists or not. whole is false
// where there was more than that: files from elsewhere, or in other places.
func (p *Project) Sources() (paths []string, whole bool) {
	whole = true
	for _, s := range p.sources() {
		paths = append(paths, s.path)
		if env := filepath.Join(filepath.Dir(s.path), ".env"); !slices.Contains(p.Files, s.path) && !slices.Contains(paths, env) {
			paths = append(paths, env)
		}
		for _, where := range []string{"include.[]", "include.[].path", "include.[].path.[]", "services.*.extends.file"} {
			whole = whole && !slices.ContainsFunc(s.find(where), func(h hit) bool {
				return h.value.Kind == yaml.ScalarNode && isRemote(h.value.Value)
			})
		}
		whole = whole && len(s.find("include.[].env_file")) == 0 && len(s.find("include.[].project_directory")) == 0 && s.docs != nil && s.err == nil
	}
	return paths, whole
}

// withRaw teaches compose-go `env_file: {format: raw}`, which the CLI brings
// along and the library lacks: a line is NAME=VALUE and the value is taken as
// it stands. Source: docker/compose cmd/compose/compose.go, docker/cli kvfile.
var withRaw = sync.OnceFunc(func() { dotenv.RegisterFormat("raw", readRaw) })

// nameless is what is wrong with a line of a raw env file.
const nameless = "no variable name"

func readRaw(r io.Reader, file string, values map[string]string, lookup func(string) (string, bool)) error {
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := lines.Text()
		if n == 1 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
		if text == "" || text[0] == '#' {
			continue
		}
		name, value, given := strings.Cut(text, "=")
		if name == "" || strings.ContainsAny(name, " \t") {
			return fmt.Errorf("failed to read %s: line %d: "+nameless, file, n)
		}
		if !given && lookup != nil {
			value, given = lookup(name)
		}
		if given {
			values[name] = value
		}
	}
	return lines.Err()
}
