package plugins

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/secret"
	"github.com/infinitescribe/spellbook/internal/state"
)

// Project loads the project with the fragments of its plugins. Which networks
// these are on shows only in the loaded model: what the last run wrote is taken
// first, and mended where that is no longer true.
func Project(ctx context.Context, w *app.Run, l project.Layout, o project.Options) (*project.Project, *InUse, error) {
	o = given(w, o)
	g, err := resolve(ctx, w, linked(l, o))
	if err != nil {
		return nil, nil, err
	}
	if len(g.list) == 0 {
		p, err := project.Load(ctx, l, o)
		return p, g, err
	}
	given := o.Fragments
	set, err := l.Reads(o)
	if err != nil {
		return nil, nil, err
	}
	g.files = set.Files
	networks := lastNetworks(l.FragmentPath(g.list[0].Manifest.Name))
	for range 2 {
		if o.Fragments, err = g.fragments(ctx, l, networks, given...); err != nil {
			return nil, nil, err
		}
		p, err := project.Load(ctx, l, o)
		if err == nil && slices.Equal(p.Networks(), networks) {
			return p, g, nil
		}
		if networks != nil && err != nil { // a network may be gone that the last run's had
			networks = nil
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		networks = p.Networks()
	}
	if o.Fragments, err = g.fragments(ctx, l, networks, given...); err != nil {
		return nil, nil, err
	}
	p, err := project.Load(ctx, l, o)
	return p, g, err
}

// linked is a layout whose active environment is that of the options.
func linked(l project.Layout, o project.Options) project.Layout {
	if o.EnvFile != "" && o.EnvFile != os.DevNull {
		l.EnvLink = o.EnvFile
	}
	return l
}

// lastNetworks reads the first line of a fragment that the last run wrote.
func lastNetworks(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	_, line, _ = bytes.Cut(line, []byte("(networks: "))
	line, _, _ = bytes.Cut(line, []byte(")"))
	return strings.Fields(string(line))
}

// writeFragment puts a fragment where the Compose CLI finds it; one that is the
// same is left alone.
func writeFragment(path string, content []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
		return nil
	}
	return state.Write(path, content)
}

// fragmentsKey is what fragments are made of: where nothing of it has changed, those
// on disk are looked at no more closely than by their sums.
type fragmentsKey struct {
	path string // of the file that notes it
	of   string // the sum of all that went in
}

// cacheKey sums up the plugins' own texts, the networks, the user's files and
// every value that names and ports could be made of. Secrets are among these,
// so the file is the user's alone.
func (g *InUse) cacheKey(l project.Layout, texts map[string][]byte, networks []string) fragmentsKey {
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

// given are the options with the environment that there would be.
func given(w *app.Run, o project.Options) project.Options {
	if w.Preview != nil {
		text := secret.New(w.Preview.Document.String())
		o.EnvText, o.Env = &text, w.Preview.Name
	}
	return o
}
