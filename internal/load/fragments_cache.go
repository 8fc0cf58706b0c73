package load

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"os"
	"slices"

	"github.com/infinitescribe/spellbook/internal/project"
)

// fragmentsKey is what fragments are made of: where nothing of it has changed, those
// on disk are looked at no more closely than by their sums.
type fragmentsKey struct {
	path string // of the file that notes it
	of   string // the sum of all that went in
}

// cacheKey sums up the plugins' own texts, the networks, the user's files and
// every value that names and ports could be made of. Secrets are among these,
// so the file is the user's alone.
func (g *Plugins) cacheKey(l project.Layout, texts map[string][]byte, networks []string) fragmentsKey {
	l = l.WithDefaults()
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		add(h, name, string(texts[name]))
	}
	add(h, networks...)
	for _, file := range g.files {
		text, err := os.ReadFile(file)
		add(h, file, string(text), fmt.Sprint(err))
	}
	add(h, g.environ...)
	for _, name := range slices.Sorted(maps.Keys(g.File)) {
		add(h, name, g.File[name])
	}
	return fragmentsKey{path: l.Path(l.StateDir, "plugins", ".made-of"), of: hex.EncodeToString(h.Sum(nil))}
}

// add keeps texts apart.
func add(h hash.Hash, texts ...string) {
	for _, text := range append(texts, "") {
		_, _ = fmt.Fprintf(h, "%d %s\n", len(text), text) // a hash takes everything
	}
}

// holds: the fragments are as they were written, of the same.
func (m fragmentsKey) holds(list []project.Fragment) bool {
	noted, err := os.ReadFile(m.path)
	return err == nil && string(noted) == m.sum(list)
}

// note remembers what the fragments were made of.
func (m fragmentsKey) note(list []project.Fragment) error {
	return writeFragment(m.path, []byte(m.sum(list)))
}

func (m fragmentsKey) sum(list []project.Fragment) string {
	h := sha256.New()
	add(h, m.of)
	for _, f := range list {
		text, err := os.ReadFile(f.Path)
		add(h, f.Path, string(text), fmt.Sprint(err != nil))
	}
	return hex.EncodeToString(h.Sum(nil)) + "\n"
}
