package environ

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// guesses are types by the name of a variable, where every value that is known is
// one of them beyond doubt.
var guesses = []struct {
	name *lazyregexp.Regexp
	kind Type
	sure func(value string) bool
}{
	{lazyregexp.New(`(^|_)PORT$`), Port, isPort},
	{lazyregexp.New(`(^|_)(HOST|HOSTNAME)$`), Host, isHost},
	{lazyregexp.New(`(^|_)(ADDRESS|ADDR|BIND|IP)$`), Host, isAddress},
	{lazyregexp.New(`(^|_)(URL|URI|ENDPOINT)$`), URL, isURL},
	{lazyregexp.New(`(^|_)(PATH|DIR|DIRECTORY|FILE|ROOT)$`), Path, func(value string) bool { return isPath(value) && strings.Contains(value, "/") }},
	{lazyregexp.New(`(^|_)(TIMEOUT|INTERVAL|PERIOD|TTL|DURATION|DELAY|LIFETIME|EXPIRY)$`), Duration, func(value string) bool { return isDuration(value) && value != "0" }},
	{lazyregexp.New(``), Bool, func(value string) bool { return value == "true" || value == "false" }},
	{lazyregexp.New(`(^|_)(COUNT|RETRIES|REPLICAS|CONCURRENCY|THREADS)$`), Int, isInt},
}

func isAddress(value string) bool {
	_, err := netip.ParseAddr(value)
	return err == nil
}

// certain ends the name of what is a secret and nothing else.
var certain = lazyregexp.New(`(PASSWORD|PASSWD|PASSPHRASE|(^|_)(PASS|PW|PWD)|SECRET|TOKEN|CREDENTIALS?|_DSN|_AUTH|(API|ACCESS|PRIVATE|SECRET|ENCRYPTION|SIGNING|MASTER)_?KEY|SECRET_KEY_BASE)$`)

// generatable ends the name of a password, which may be any text. A key may have
// to be of some form, and a token or the secret of an account comes from
// somewhere.
var generatable = lazyregexp.New(`(PASSWORD|PASSWD|PASSPHRASE|(^|_)(PASS|PW|PWD))$`)

// handedOut begins the name of what somebody else's server gave out.
var handedOut = lazyregexp.New(`(^|_)(SMTP|MAIL|EMAIL|IMAP|LDAP|REGISTRY|PROXY)_`)

const generatedLength = "[generate 24]"

// guess are the annotations that the name, the default and the uses suggest. A
// type is only a guess, [port?], with which a check warns and refuses nothing.
// present is the value of today.
func guess(name, value, present string, uses []Usage) []string {
	upper := strings.ToUpper(name)
	kind := guessType(upper, present, uses)
	isSecret := secret.IsName(name) && certain.MatchString(upper) || secret.HasShape(value)
	var words []string
	switch {
	case isSecret && kind == "" && generatable.MatchString(upper) && !handedOut.MatchString(upper):
		return []string{"[secret]", generatedLength}
	case kind != "" && (kind == URL || !isSecret):
		words = []string{"[" + string(kind) + "?]"}
	}
	if isSecret {
		words = append(words, "[secret]")
	}
	if slices.ContainsFunc(uses, func(u Usage) bool { return u.Required && !u.Nested }) {
		words = append(words, "[required]")
	}
	return words
}

// guessType takes no type without a value that is of it, but for a port that the
// Compose files publish.
func guessType(upper, present string, uses []Usage) Type {
	known, published := []string{present}, false
	for _, u := range uses {
		if !strings.Contains(u.Default, "$") {
			known = append(known, u.Default)
		}
		published = published || strings.Contains(u.Path, ".ports[") || strings.HasSuffix(u.Path, ".published")
	}
	known = slices.DeleteFunc(known, func(v string) bool { return v == "" })
	for _, g := range guesses {
		isNot := func(v string) bool { return !g.sure(v) }
		if g.name.MatchString(upper) && !slices.ContainsFunc(known, isNot) && (len(known) > 0 || g.kind == Port && published) {
			return g.kind
		}
	}
	return ""
}
