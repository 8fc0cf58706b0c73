package environ

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// exporters write one variable; ok is false where the format cannot hold it.
var exporters = map[Format]func(name, value, delimiter string) (line string, ok bool){
	FormatDotenv: dotenvLine,
	FormatShell:  shellLine,
	FormatGitHub: gitHubLine,
}

func dotenvLine(name, value, _ string) (string, bool) {
	line := dotenv.NewAssignment(name, value, "\n")
	return line, line != ""
}

// shellLine quotes always: everything but the quote itself is literal there.
func shellLine(name, value, _ string) (string, bool) {
	return "export " + name + "='" + strings.ReplaceAll(value, "'", `'\''`) + "'\n", true
}

// gitHubLine is what the runner reads: NAME=value, or NAME<<DELIMITER and lines.
func gitHubLine(name, value, delimiter string) (string, bool) {
	if !strings.ContainsAny(value, "\n\r") {
		return name + "=" + value + "\n", true
	}
	lines := strings.FieldsFunc(value, func(r rune) bool { return r == '\n' || r == '\r' })
	if delimiter == "" || slices.Contains(lines, delimiter) {
		return "", false
	}
	return name + "<<" + delimiter + "\n" + value + "\n" + delimiter + "\n", true
}

func exportJSON(names []string, values map[string]string) (string, error) {
	object := make(map[string]string, len(names))
	for _, name := range names {
		if !utf8.ValidString(values[name]) {
			return "", failure.New(failure.Usage, "%s cannot be written in the format json", name).WithHint("leave it out: it is not UTF-8")
		}
		object[name] = values[name]
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(object); err != nil {
		return "", failure.New(failure.Unexpected, "export: %w", err)
	}
	return b.String(), nil
}
