package environ

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// Format is how Export writes variables.
type Format string

// The formats.
const (
	FormatDotenv Format = "dotenv" // read back by Compose as it is
	FormatShell  Format = "shell"  // for eval in any POSIX shell
	FormatJSON   Format = "json"   // one object of strings
	FormatGitHub Format = "github" // to be appended to the file $GITHUB_ENV
)

// ParseFormat takes "" for dotenv. The failure is Usage.
func ParseFormat(text string) (Format, error) {
	formats := []string{string(FormatDotenv), string(FormatShell), string(FormatJSON), string(FormatGitHub)}
	switch {
	case text == "":
		return FormatDotenv, nil
	case slices.Contains(formats, text):
		return Format(text), nil
	}
	return "", failure.New(failure.Usage, "no format %q", text).WithHint("formats are: %s", strings.Join(formats, ", "))
}

// ExportOptions choose what Export writes, and how.
type ExportOptions struct {
	Values map[string]string // by name, as Resolution.Reveal gives them
	// Secrets refuses what is one, unless Only names it.
	Secrets Secrets
	Format  Format   // empty means dotenv
	Prefix  string   // with it, the variables whose names start so
	Only    []string // these; with Prefix, these as well
	// Delimiter ends a value of several lines in the format github. It has to be
	// random, or a value could end itself and set other variables.
	Delimiter string
	List      string // the command that lists what there is; empty means that of an environment
}

// Export writes variables for other programs, sorted by name. The failure is
// Refused where a secret was not named, and Usage for a name that does not
// exist or a value that the format cannot hold. No failure tells a value. What
// it returns may hold secrets.
func Export(o ExportOptions) (string, error) {
	names, err := o.names()
	if err != nil {
		return "", err
	}
	if o.Format == FormatJSON {
		return exportJSON(names, o.Values)
	}
	write, found := exporters[cmp.Or(o.Format, FormatDotenv)]
	if !found {
		_, err := ParseFormat(string(o.Format))
		return "", err
	}
	var b strings.Builder
	for _, name := range names {
		line, ok := write(name, o.Values[name], o.Delimiter)
		if !ok || !dotenv.IsShellName(name) || strings.ContainsRune(o.Values[name], 0) {
			return "", failure.New(failure.Usage, "%s cannot be written in the format %s", name, cmp.Or(o.Format, FormatDotenv)).
				WithHint("leave it out, or use -format=json")
		}
		b.WriteString(line)
	}
	return b.String(), nil
}

func (o ExportOptions) names() ([]string, error) {
	var names, secrets []string
	for _, name := range slices.Sorted(maps.Keys(o.Values)) {
		isNamed := slices.Contains(o.Only, name)
		switch {
		case !isNamed && !o.selects(name):
			continue
		case !isNamed && (o.Secrets.MayBeValue(name) || o.Values[name] != "" && o.Secrets.Hides(name, o.Values[name])):
			secrets = append(secrets, name)
		}
		names = append(names, name)
	}
	if len(secrets) > 0 {
		return nil, o.refusedSecrets(names, secrets)
	}
	return names, o.checkOnly()
}

// selects is about what is not named.
func (o ExportOptions) selects(name string) bool {
	if o.Prefix != "" {
		return strings.HasPrefix(name, o.Prefix)
	}
	return len(o.Only) == 0
}

func (o ExportOptions) checkOnly() error {
	for _, name := range o.Only {
		if _, found := o.Values[name]; !found {
			return unknownVariable(name, slices.DeleteFunc(slices.Collect(maps.Keys(o.Values)), o.Secrets.MayBeValue), cmp.Or(o.List, listVariables))
		}
	}
	return nil
}

// refusedSecrets does not tell the names that may be lines of a secret.
func (o ExportOptions) refusedSecrets(names, secrets []string) error {
	told := slices.DeleteFunc(slices.Clone(secrets), o.Secrets.MayBeValue)
	if len(told) == 0 {
		return failure.New(failure.Refused, "a line of the environment may be one of a secret: it is a name that nothing knows").
			WithHint("mage env:check says which; put a value of several lines in quotes")
	}
	e := failure.New(failure.Refused, "these are secrets: %s", strings.Join(told, ", "))
	others := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(secrets, name) })
	if len(others) == 0 {
		return e.WithHint("name each secret that you mean: -only=%s", told[0])
	}
	return e.WithHint("leave them out with -only=%s, or name each secret that you mean", strings.Join(others, ","))
}
