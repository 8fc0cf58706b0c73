package dockerfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// No text is a panic, every mistake has a place and a hint, and what an
// accepted file comes from has a name.
func FuzzDockerfile(f *testing.F) {
	seeds, err := filepath.Glob("testdata/*.Dockerfile")
	if err != nil || len(seeds) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, path := range seeds {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "build", "1.26")
	}
	f.Fuzz(func(t *testing.T, text, target, arg string) {
		file, err := Parse("Dockerfile", []byte(text))
		if err != nil {
			if failure.CodeOf(err) != failure.Preflight || !strings.HasPrefix(err.Error(), "Dockerfile:") || !strings.Contains(err.Error(), "→ ") {
				t.Fatalf("no place or no hint: %v", err)
			}
			return
		}
		file.Syntax()
		if at := file.Locate(Step{Stage: target, Text: arg, Number: 1, Of: len(arg)}); at < 0 || at > len(file.lines()) {
			t.Fatalf("a step of %q in line %d", text, at)
		}
		given := map[string]string{}
		for _, name := range file.Declared() {
			given[name] = arg
		}
		for _, o := range []Options{{}, {Target: target, Args: given, Host: "linux/amd64"}, {Contexts: map[string]string{target: "x"}, Platform: arg}} {
			o.Image = func(string, string) (Image, bool) { return Image{Env: []string{arg}, OnBuild: []string{text}}, true }
			if _, err := file.Remote(o); err != nil && failure.CodeOf(err) == failure.Unexpected {
				t.Fatalf("not for a user: %v", err)
			}
			bases, err := file.Bases(o)
			if err != nil && failure.CodeOf(err) == failure.Unexpected {
				t.Fatalf("not for a user: %v", err)
			}
			for _, b := range bases {
				if b.Ref == "" || !valid(b.Ref) || b.Line < 1 || b.Stage == "" || len(file.Excerpt(b.Line, b.Line, 0)) != 1 {
					t.Fatalf("%+v of %q", b, text)
				}
			}
		}
	})
}
