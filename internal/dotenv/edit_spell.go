package dotenv

import (
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/joho/godotenv"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// spellings are the ways to write value after NAME=, the preferred one first.
// What was in quotes stays in quotes, as more may follow on that line.
func spellings(value string, quote byte, plain *lazyregexp.Regexp) []string {
	single, double := inSingle(value), inDouble(value, `\n`)
	switch {
	case quote == '\'':
		return []string{single, double}
	case quote == '"' || strings.ContainsAny(value, "\n\r") && !plain.MatchString(value):
		return []string{double, single}
	case plain.MatchString(value):
		return []string{value, single, double}
	}
	return []string{single, double}
}

// inSingle takes everything literally but the quote itself.
func inSingle(value string) string {
	return "'" + strings.ReplaceAll(value, "'", `\'`) + "'"
}

// inDouble escapes what both readers expand; lineBreak is how one is written.
func inDouble(value, lineBreak string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "\n", lineBreak, "\r", `\r`).Replace(value) + `"`
}

// bestText is the first text that both readers read as value, or else the first
// that Compose does, or else "".
func bestText(choices []string, name, value string) string {
	best := ""
	for _, text := range choices {
		if !composeReads(text, name, value) {
			continue
		}
		if godotenvReads(text, name, value) {
			return text
		}
		if best == "" {
			best = text
		}
	}
	return best
}

// composeReads reports whether text is one assignment of the literal value:
// what compose-go reads does not depend on what else is set.
func composeReads(text, name, value string) bool {
	literal := true
	read, err := dotenv.UnmarshalWithLookup(text, func(string) (string, bool) { literal = false; return "", true })
	got, found := read[name]
	return err == nil && literal && found && got == value && len(read) == 1
}

func godotenvReads(text, name, value string) bool {
	read, err := godotenv.Unmarshal(text)
	return err == nil && read[name] == value
}

// Says reports whether the entry is the literal value already.
func (e Entry) Says(value string) bool {
	return e.Kind == Assignment && composeReads(e.Text, e.Name, value)
}
