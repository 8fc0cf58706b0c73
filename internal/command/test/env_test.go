package test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/sandbox"
)

// A shell that has the variables of the stack that somebody works with would have tests
// write there.
func TestAShellForgetsWhatLeadsOutOfTheStack(t *testing.T) {
	dir := commandtest.NewRepository(t).Dir
	p, err := sandbox.At(project.Layout{Root: dir}, "part")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Write(sandbox.Record{Project: "demo-part-x", Withheld: []string{"DB_PORT", "DB_URL"}}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.EnvFile(), []byte("CACHE_PORT=20001\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	show := func(o EnvOptions) (string, error) {
		var out, said strings.Builder
		w := app.OfTests(p.Layout, &said)
		w.Out, w.Environ = &out, append(w.Environ, "XDG_CACHE_HOME="+t.TempDir())
		o.Name = "part"
		err := Env(t.Context(), w, o)
		return out.String(), err
	}
	for _, c := range []struct {
		o    EnvOptions
		want string
	}{
		{EnvOptions{Format: "shell"}, "export CACHE_PORT='20001'\nunset DB_PORT DB_URL\n"},
		{EnvOptions{Format: "shell", Only: []string{"CACHE_PORT"}}, "export CACHE_PORT='20001'\nunset DB_PORT DB_URL\n"},
		{EnvOptions{Format: "dotenv"}, "CACHE_PORT=20001\n"},
	} {
		if got, err := show(c.o); err != nil || got != c.want {
			t.Errorf("%+v: %q, not %q (%v)", c.o, got, c.want, err)
		}
	}
	for name, want := range map[string]string{"DB_PORT": "mage test:up -name=part brings up all services", "OTHER_URL": "mage test:env -name=part lists the variables"} {
		_, err := show(EnvOptions{Only: []string{name}})
		var f *failure.Error
		if !errors.As(err, &f) || f.Code != failure.Usage || !strings.Contains(f.Hint, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
