package project

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// FuzzLoad holds every error of any Compose file to one line and exit code 3.
func FuzzLoad(f *testing.F) {
	paths, _ := filepath.Glob("testdata/explain/*.txt")
	for _, path := range paths {
		for _, s := range archive(f, path) {
			if s.name == base {
				f.Add(s.text, "A=1\n")
			}
			if s.name == ".env" {
				f.Add("services:\n  a:\n    image: ${A:?}\n", s.text)
			}
		}
	}
	f.Fuzz(func(t *testing.T, compose, env string) {
		if strings.Contains(compose, "/") || strings.Contains(compose, "git@") {
			t.Skip("no files and hosts beyond the repository")
		}
		root := lay(t, []section{{base, compose}, {".env", env}})
		_, err := Load(t.Context(), Layout{Root: root}, Options{})
		if err == nil || errors.Is(err, context.Canceled) {
			return
		}
		var failed *failure.Error
		if !errors.As(err, &failed) || failed.Code != failure.Preflight {
			t.Fatalf("no failure with exit code 3: %v", err)
		}
		if strings.Contains(failed.Message+failed.Hint, "\n") {
			t.Errorf("not one line: %q", failed.Error())
		}
	})
}
