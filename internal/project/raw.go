package project

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"

	"github.com/compose-spec/compose-go/v2/dotenv"
)

// withRaw teaches compose-go `env_file: {format: raw}`, which the CLI brings
// along and the library lacks: a line is NAME=VALUE and the value is taken as
// it stands. Source: docker/compose cmd/compose/compose.go, docker/cli kvfile.
var withRaw = sync.OnceFunc(func() { dotenv.RegisterFormat("raw", readRaw) })

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
			return fmt.Errorf("failed to read %s: line %d: no variable name", file, n)
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
