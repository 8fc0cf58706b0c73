package environ

import (
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// guesses are annotations by the name of a variable; the first that fits the
// name and the default is taken.
var guesses = []struct {
	name *lazyregexp.Regexp
	kind Type
}{
	{lazyregexp.New(`(^|_)PORT$`), Port},
	{lazyregexp.New(`(^|_)(HOST|HOSTNAME|ADDRESS|ADDR|BIND|IP)$`), Host},
	{lazyregexp.New(`(^|_)(URL|URI|ENDPOINT)$`), URL},
	{lazyregexp.New(`(^|_)(PATH|DIR|DIRECTORY|FILE|ROOT)$`), Path},
	{lazyregexp.New(`(^|_)(TIMEOUT|INTERVAL|PERIOD|TTL|DURATION|DELAY|LIFETIME|EXPIRY)$`), Duration},
	{lazyregexp.New(`(^|_)(ENABLED?|DISABLED?|DEBUG|VERBOSE|TLS|SSL)$|^(USE|IS|ENABLE|DISABLE)_`), Bool},
	{lazyregexp.New(`(^|_)(WORKERS|COUNT|SIZE|LIMIT|MAX|MIN|RETRIES|REPLICAS|CONCURRENCY|THREADS)$`), Int},
}

// generatable ends the name of a secret that may be anything, as nobody else
// hands it out. A token or an API key comes from somewhere.
var generatable = lazyregexp.New(`(PASSWORD|PASSWD|PASS|PASSPHRASE|SECRET|SECRET_KEY|SECRET_KEY_BASE|ENCRYPTION_KEY|SIGNING_KEY|JWT_KEY)$`)

const generatedLength = "[generate 24]"

// guess are the annotations that the name, the default and the uses suggest.
// present is the value of today.
func guess(name, value, present string, uses []Usage) []string {
	upper := strings.ToUpper(name)
	kind := guessType(upper, value)
	if present != "" && (Annotations{Type: kind}).Mismatch(present) != "" {
		kind = ""
	}
	required := slices.ContainsFunc(uses, func(u Usage) bool { return u.Required && !u.Nested })
	var words []string
	switch {
	case kind != "":
		words = []string{"[" + string(kind) + "]"}
	case secret.IsName(name) && generatable.MatchString(upper):
		return []string{"[secret]", generatedLength}
	case secret.IsName(name) || secret.HasShape(value):
		words = []string{"[secret]"}
	}
	if kind == URL && (secret.IsName(name) || secret.HasShape(value)) {
		words = append(words, "[secret]")
	}
	if required {
		words = append(words, "[required]")
	}
	return words
}

// guessType takes no type that the default is not of.
func guessType(upper, value string) Type {
	for _, g := range guesses {
		if g.name.MatchString(upper) && (value == "" || Annotations{Type: g.kind}.Mismatch(value) == "") {
			return g.kind
		}
	}
	switch {
	case value == "true" || value == "false":
		return Bool
	case isPort(value) && strings.Contains(upper, "PORT"):
		return Port
	}
	return ""
}
