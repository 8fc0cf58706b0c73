// Package dotenvtest draws env files and values for the properties of those who
// read and write them. It is for tests only, and imports nothing of Spellbook.
package dotenvtest

import (
	"strings"

	"pgregory.net/rapid"
)

// Text draws files whose lines are mostly what Compose reads, so that a
// property is seldom over at the first line, with a few of junk.
func Text() *rapid.Generator[string] {
	pick := func(words ...string) *rapid.Generator[string] { return rapid.SampledFrom(words) }
	assignment := join(
		pick("", "", " ", "export ", "\t", "export \t"),
		pick("A", "B", "C_1", "d", "E"), pick("=", "=", " = ", ":", ": ", "=\t"),
		pick("", "x", "a b", "'it'", `'it\'s'`, `"a\"b"`, `"c:\\"`, "\"two\nlines\"", "'a # b'", "${A:-b}", "$$x", "a#b", `a\'b`, "\u00a0v"),
		pick("", "", " # note", "\t# note", " ", " F=1", "\r", "\u2028"), pick("\n", "\n", "\n\n", "\r\n", ""))
	comment := pick("# [generate 5]\n", "# [secret] prose\n", "#\n", " # [required in dev]\n", "# [generate 7] [port]\r\n")
	junk := rapid.OneOf(rapid.String(), pick("D\n", "D", "export\n", "=x\n", "'", `"`, "\uFEFF", "\u2028", "A B=1\n", "\v\n", "$", "D E\n", "[x]=1\n"))
	line := rapid.OneOf(assignment, assignment, assignment, assignment, comment, comment, comment, junk)
	return rapid.Map(rapid.SliceOfN(line, 0, 8), func(lines []string) string { return strings.Join(lines, "") })
}

func join(parts ...*rapid.Generator[string]) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for _, part := range parts {
			b.WriteString(part.Draw(t, "part"))
		}
		return b.String()
	})
}

// Value draws what is hard to write.
func Value() *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{"a", "B", "1", " ", "  ", "'", `"`, `\`, `\\`, "$", "$$", "${A}", "${A:-b}", "$B", "#", " #", "\n", "\r", "\r\n", "\t", "=", ":", "\u00a0", "\u0085", "\u2028", "é", "\uFEFF", `\n`, `\012`, "`", "!", "\x07", "export "})
	return rapid.OneOf(
		rapid.Map(rapid.SliceOfN(piece, 0, 8), func(p []string) string { return strings.Join(p, "") }),
		rapid.String(), rapid.StringMatching(`[a-zA-Z0-9]{0,12}`))
}
