package dotenv

import (
	"os"
	"testing"
)

func FuzzReadingAnyTextIsLosslessAndAgreesWithCompose(f *testing.F) {
	example, err := os.ReadFile("../environ/testdata/env.example")
	must(f, err)
	f.Add(string(example))
	for _, text := range []string{"A=\"x\" B=2\n", "export\nA", "A: b # c\n", "A='\\'' # c\nB=1\n", `A="\\" B='\\\''`, "\uFEFFA=${B:-$C}", "# [enum a|]\nA=", "A=\u2028\nB"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got := Parse(text).String(); got != text {
			t.Fatalf("%q became %q", text, got)
		}
		agreesWithCompose(t, text)
	})
}
