package secret

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// shape is a form that secrets have under any name. The last group of the
// pattern is the secret, where is what a text has that it is worth looking at.
type shape struct {
	where   string
	pattern *lazyregexp.Regexp
	holds   func(match []string) bool // nil: always
	named   bool                      // only where the first group is a secret's name
}

func (s shape) shows(match []string, isName func(string) bool) bool {
	return (s.holds == nil || s.holds(match)) && (!s.named || isNamed(match, isName))
}

var shapes = []shape{
	{"://", lazyregexp.New(`://[^/\s:@'"]*:([^\s/@'"]+)@`), nil, false},
	{"-----BEGIN", lazyregexp.New(`(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-[^-])*(?:-----END [A-Z0-9 ]*-----)?)`), nil, false},
	{"LS0tLS1CRUdJTi", lazyregexp.New(`(LS0tLS1CRUdJTi[A-Za-z0-9+/_-]+=*)`), encodesKey, false},
	{`"`, lazyregexp.New(`\\?"([A-Za-z][A-Za-z0-9_.-]*)\\?"\s*:\s*\\?"((?:[^"\\]|\\[^"])+)`), nil, true},
	{";", lazyregexp.New(`(?i)(?:^|[;"'\s])(password|pwd|user password|accountkey|sharedaccesskey|accesskey|clientsecret)\s*=\s*("[^"]*"|'[^']*'|[^;"'\n]+)`), nil, false},
	{"=", lazyregexp.New(`([A-Za-z_][A-Za-z0-9_.-]*)=("[^"\n]*"|'[^'\n]*'|[^\s;&|"']+)`), nil, true},
	{"", lazyregexp.New(`\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|[sr]k_(?:live|test)_\w{10,}|sk-[A-Za-z0-9_-]{20,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|npm_[A-Za-z0-9]{30,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,})`), nil, false},
	{"hooks.slack.com", lazyregexp.New(`hooks\.slack\.com/services/([\w/-]+)`), nil, false},
}

// isNamed: the key before the value is a secret's name; a reference to a
// variable shows nothing.
func isNamed(match []string, isName func(string) bool) bool {
	value := strings.Trim(match[2], `"'`)
	return isName(match[1]) && value != "" && value != Mask && !strings.HasPrefix(value, "$")
}

// encodesKey: the base64 text is a private key in PEM.
func encodesKey(match []string) bool {
	text := strings.TrimRight(match[1], "=")
	plain, err := base64.RawStdEncoding.DecodeString(text[:len(text)/4*4])
	return err == nil && strings.Contains(string(plain), "PRIVATE KEY")
}

// Parts are the secrets that a text shows by their form alone: the password of a
// URL, a private key, the values of secret names in JSON, in NAME=value and in
// connection strings, and tokens whose beginning says what they are. A password in a
// URL is there as it is written, and as it is meant.
func Parts(text string) (parts []string) {
	for _, s := range shapes {
		if !strings.Contains(text, s.where) {
			continue
		}
		for _, match := range s.pattern.FindAllStringSubmatch(text, -1) {
			if part := match[len(match)-1]; part != Mask && s.shows(match, IsName) {
				parts = append(parts, strings.Trim(part, `"'`))
				if plain, err := url.PathUnescape(part); s.where == "://" && err == nil && plain != part {
					parts = append(parts, plain)
				}
			}
		}
	}
	return slices.DeleteFunc(parts, func(part string) bool { return part == "" })
}

// Redact masks Parts, where they stand.
func Redact(text string) string { return RedactNamed(text, IsName) }

// RedactNamed is Redact where other names are a secret's.
func RedactNamed(text string, isName func(string) bool) string {
	for _, s := range shapes {
		if !strings.Contains(text, s.where) {
			continue
		}
		text = s.pattern.ReplaceAllStringFunc(text, func(found string) string {
			match := s.pattern.FindStringSubmatch(found)
			if match == nil || !s.shows(match, isName) {
				return found
			}
			part := match[len(match)-1]
			at := strings.LastIndex(found, part)
			return found[:at] + Mask + found[at+len(part):]
		})
	}
	return text
}

// HasShape reports whether a text shows a secret by its form alone.
func HasShape(text string) bool { return PasswordOf(text) != "" || len(Parts(text)) > 0 }

// PasswordOf is the password in a URL, also one with a slash in it, which is
// a mistake that must not show.
func PasswordOf(value string) string {
	_, rest, isURL := strings.Cut(value, "://")
	at := strings.LastIndexByte(rest, '@')
	if !isURL || at < 0 {
		return ""
	}
	if authority, _, _ := strings.Cut(rest, "/"); strings.Contains(authority, "@") {
		at = strings.LastIndexByte(authority, '@')
	}
	_, password, _ := strings.Cut(rest[:at], ":")
	port, _, isPath := strings.Cut(password, "/")
	if isPath && strings.Trim(port, "0123456789") == "" {
		return ""
	}
	if plain, err := url.PathUnescape(password); err == nil {
		return plain
	}
	return password
}
