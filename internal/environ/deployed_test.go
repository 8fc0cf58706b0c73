package environ_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// Whatever a shell puts in place of a file's values: what is written is read back.
func TestVariablesOfADeploymentReadBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		var shell, more []string
		for i := range rapid.IntRange(1, 6).Draw(t, "variables") {
			name := fmt.Sprintf("V%d", i)
			value := rapid.SampledFrom([]string{"", "plain", "'quo ted'", "\"a ${V0:-none}\"", "${V1:-x}y", "pa$$word", "# no", "x # comment"}).Draw(t, "value")
			_, _ = fmt.Fprintf(&text, "# of %s\n%s=%s\n", name, name, value)
			if rapid.Bool().Draw(t, "in the shell") {
				shell = append(shell, name+"="+rapid.StringMatching(`[ -~\n]{0,12}`).Draw(t, "shell"))
			}
		}
		if rapid.Bool().Draw(t, "one of the shell alone") {
			more, shell = []string{"ALONE"}, append(shell, "ALONE="+rapid.StringMatching(`[ -~]{0,12}`).Draw(t, "alone"))
		}
		resolve := func(text string, shell []string) map[string]string {
			r, err := dotenv.Resolve(dotenv.ResolveOptions{Shell: shell, Files: []dotenv.File{{Path: "x", Text: secret.New(text)}}})
			if err != nil {
				t.Fatal(err)
			}
			return r.Reveal()
		}
		want := resolve(text.String(), shell)
		d, err := environ.WithValues(dotenv.Parse(text.String()), func(name string) string { return want[name] }, more...)
		if err != nil {
			t.Fatalf("%v of\n%s\nwith %q", err, text.String(), shell)
		}
		got := resolve(d.String(), nil)
		for name, value := range want {
			if got[name] != value {
				t.Fatalf("%s is %q, was %q in\n%s", name, got[name], value, d)
			}
		}
		if !strings.Contains(d.String(), "# of V0") {
			t.Fatalf("the comments are gone:\n%s", d)
		}
	})
}
