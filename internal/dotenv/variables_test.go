package dotenv

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/template"
	"pgregory.net/rapid"
)

func TestMentionsHaveTheirPlaceAndTheirDefault(t *testing.T) {
	text := "$A-${B}${C:-d${E:+$F}}g${H?no $I} $$J ${K-}\n${L:?}"
	var got []string
	for _, m := range Mentions(text) {
		got = append(got, fmt.Sprintf("%s%s%q nested=%t default=%t required=%t", m.Name, m.Operator, m.Argument, m.Nested, m.HasDefault(), m.IsRequired()))
		if rest := text[m.Offset:]; !strings.HasPrefix(rest, "$"+m.Name) && !strings.HasPrefix(rest, "${"+m.Name) {
			t.Errorf("%s is not at %d, which has %q", m.Name, m.Offset, rest)
		}
	}
	same(t, "the mentions", strings.Join(got, "\n"), strings.TrimSpace(`
A"" nested=false default=false required=false
B"" nested=false default=false required=false
C:-"d${E:+$F}" nested=false default=true required=false
E:+"$F" nested=true default=false required=false
F"" nested=true default=false required=false
H?"no $I" nested=false default=false required=true
K-"" nested=false default=true required=false
L:?"" nested=false default=false required=true`))
}

func TestMentionsOfAnEntryAreWhatItsValueIsMadeOf(t *testing.T) {
	for text, want := range map[string]string{
		`A=$B${C:-$D}`: "B2 C4 D9", `A = "x\$B \\$C $$D $E" # $F`: "C12 E19", `A='$B'`: "", "A\n": "", `export A=\$B # $C`: "B10", "# $A\n": "",
	} {
		var got []string
		for _, m := range Parse(text).Entries[0].Mentions() {
			got = append(got, fmt.Sprint(m.Name, m.Offset))
		}
		same(t, text, strings.Join(got, " "), want)
	}
}

func mentionText() *rapid.Generator[string] {
	part := rapid.SampledFrom([]string{"$", "{", "}", "A", "b1", ":-", "-", ":?", "?", "+", ":+", "x", " ", "\n", "${A", "${C:-", "$$", "é", "${D:+${E-f}}", "}"})
	return rapid.Map(rapid.SliceOfN(part, 0, 12), func(parts []string) string { return strings.Join(parts, "") })
}

func TestMentionsAreThoseThatComposeExtracts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { mentionsAsCompose(t, mentionText().Draw(t, "text")) })
}

func FuzzMentionsAreThoseThatComposeExtracts(f *testing.F) {
	for _, text := range []string{"${A:-{}", "${A:-${B}}${C}", "$A${b?x}", "${A:-${B:-${C}}}$$D", "${A:+}}{"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { mentionsAsCompose(t, text) })
}

func mentionsAsCompose(t fataler, text string) {
	ours := map[string]bool{}
	for _, m := range Mentions(text) {
		ours[m.Name] = true
		if rest := text[m.Offset:]; !strings.HasPrefix(rest, "$"+m.Name) && !strings.HasPrefix(rest, "${"+m.Name) {
			t.Fatalf("%q: %s is not at %d", text, m.Name, m.Offset)
		}
	}
	theirs := template.ExtractVariables(map[string]any{"x": text}, nil)
	delete(theirs, "") // what is not well formed has no name
	if got, want := slices.Sorted(maps.Keys(ours)), slices.Sorted(maps.Keys(theirs)); !slices.Equal(got, want) {
		t.Fatalf("%q: ours %q, Compose's %q", text, got, want)
	}
}
