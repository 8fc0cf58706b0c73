package environ

import (
	"crypto/sha256"
	"fmt"
	"path"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
)

// Where links are not allowed (Windows without developer mode, some shared
// directories) .env is a copy. Its first line says of what, its second holds a
// checksum, so that a copy somebody edited is kept before it is replaced.

const (
	copyMark = "# spellbook: copy of "
	copySum  = "# Edit that file instead and switch again; this one is replaced then. Checksum "
)

// makeCopy is the text of a marked copy of the environment called name.
func makeCopy(dirs Dirs, name, text string) string {
	text = strings.TrimPrefix(text, dotenv.ByteOrderMark)
	return copyMark + dirs.Short(dirs.File(name)) + "\n" +
		copySum + checksum(text) + "\n" + text
}

// readCopy returns the name of the environment that text is a copy of, or "",
// and whether it was edited since.
func readCopy(dirs Dirs, text string) (name string, edited bool) {
	first, rest, _ := strings.Cut(text, "\n")
	source, marked := strings.CutPrefix(strings.TrimSpace(first), copyMark)
	name, prefixed := strings.CutPrefix(path.Base(source), prefix)
	if !marked || !prefixed || !isName(name) || source != dirs.Short(dirs.File(name)) {
		return "", false
	}
	second, body, _ := strings.Cut(rest, "\n")
	return name, second != copySum+checksum(body)
}

func checksum(text string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))[:16]
}
