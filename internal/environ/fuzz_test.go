package environ

import (
	"os"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/dotenv"
)

func FuzzAFilledTemplateIsATemplate(f *testing.F) {
	example, err := os.ReadFile("testdata/env.example")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(example))
	for _, text := range []string{"A=\"x\" B=2\n", "export\nA", "A: b # c\n", "A='\\'' # c\nB=1\n", `A="\\" B='\\\''`, "\uFEFFA=${B:-$C}", "# [enum a|]\nA=", "A=\u2028\nB"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		template, err := ParseTemplate("t", text)
		if err != nil {
			return
		}
		filled, err := template.Fill(&endless{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseTemplate("t", filled.Reveal()); err != nil && !strings.HasPrefix(text, dotenv.ByteOrderMark) {
			t.Fatalf("%q filled is no template: %v", text, err)
		}
	})
}
