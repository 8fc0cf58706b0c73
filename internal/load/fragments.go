package load

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Project loads the project with the fragments of its plugins. Which networks
// these are on shows only in the loaded model: what the last run wrote is taken
// first, and mended where that is no longer true.
func Project(ctx context.Context, w *app.Run, l project.Layout, o project.Options) (*project.Project, *Plugins, error) {
	o = given(w, o)
	g, err := resolvePlugins(ctx, w, l)
	if err != nil {
		return nil, nil, err
	}
	if len(g.list) == 0 {
		p, err := project.Load(ctx, l, o)
		return p, g, err
	}
	given := o.Fragments
	if g.files, err = l.ComposeFiles(o.Env, o.Backend); err != nil {
		return nil, nil, err
	}
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
	return app.ReplaceFile("write fragment", path, content)
}
