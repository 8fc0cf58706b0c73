package load

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// previewing is w for a target that only looks, where there is no .env and the
// target that it shows would make env:local first: with that environment as it is
// or would be, in memory alone.
func previewing(ctx context.Context, w *app.Run, l project.Layout) (*app.Run, error) {
	d := EnvDirs(l)
	_, ok, err := environ.Active(d)
	if _, missing := os.Stat(d.Template()); err != nil || ok || missing != nil {
		return w, err
	}
	n := &newEnvironment{EnvContext: &EnvContext{Run: w, Layout: l, Dirs: d}, name: "local"}
	e, err := environ.Preview(d, n.name, rand.Reader, func(t environ.Template) (environ.Template, error) { return n.revise(ctx, t) })
	if err != nil {
		return nil, err
	}
	_, _ = fmt.Fprintln(w.Err, "no .env yet: this is with the local environment as mage env:local makes it; nothing is written")
	other := *w
	other.Preview = &e
	return &other, nil
}

// given are the options with the environment that there would be.
func given(w *app.Run, o project.Options) project.Options {
	if w.Preview != nil {
		text := secret.New(w.Preview.Document.String())
		o.EnvText, o.Env = &text, w.Preview.Name
	}
	return o
}
