package buildcontext

import (
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/moby/patternmatcher"
)

const slash = string(filepath.Separator)

// special are the characters that make more of a pattern than a path.
func special() string {
	if slash == `\` {
		return "*[]?^"
	}
	return `*[]?^\`
}

// pattern is one line of an ignore file. Whether it matches is always moby's
// word; what stands here only spares asking, as most of the answers are no.
type pattern struct {
	exception bool // it began with !
	line      int
	stem      string // without a /** or /* at its end
	// What every path that matches begins with, contains and ends with.
	prefix, middle, suffix string

	matcher *patternmatcher.PatternMatcher // nil: the line says nothing
	none    patternmatcher.MatchInfo       // of a parent that nothing matched
	bad     error                          // moby may refuse a pattern only when it is used
}

func newPattern(text string) (pattern, error) {
	own, err := patternmatcher.New([]string{text})
	if err != nil || len(own.Patterns()) == 0 {
		return pattern{}, err
	}
	as := own.Patterns()[0]
	p := pattern{exception: as.Exclusion()}
	asked, blank := []string{text}, []string{"!x"}
	if p.exception { // moby asks an exception only about what is excluded
		asked, blank = []string{"**", text}, []string{"!x", "!x"}
	}
	if p.matcher, err = patternmatcher.New(asked); err != nil {
		return pattern{}, err
	}
	if p.none, err = unmatched(blank); err != nil {
		return pattern{}, err
	}
	p.stem = strings.TrimSuffix(strings.TrimSuffix(as.String(), slash+"**"), slash+"*")
	p.shorten(as.String())
	// The first question compiles; later ones only read, and may be parallel.
	_, _, p.bad = p.matcher.MatchesUsingParentResults("x", p.none)
	return p, nil
}

// unmatched is the MatchInfo of a parent that matched none of so many
// patterns: an exception is not tried on what nothing excludes.
func unmatched(exceptions []string) (patternmatcher.MatchInfo, error) {
	m, err := patternmatcher.New(exceptions)
	if err != nil {
		return patternmatcher.MatchInfo{}, err
	}
	_, info, err := m.MatchesUsingParentResults("y", patternmatcher.MatchInfo{})
	return info, err
}

// shorten finds the plain text at the pattern's beginning and end, and the
// longest within. Text that moby's compiler reads otherwise than it looks
// (other encodings, a byte order mark, Windows' separators, and | { } beside a
// wildcard, which it forgets to escape) is left alone.
func (p *pattern) shorten(clean string) {
	if slash != "/" || !utf8.ValidString(clean) || strings.ContainsAny(clean, "\ufeff\x00|{}") {
		return
	}
	if strings.ContainsAny(clean, `[]^\`) {
		p.prefix = clean[:strings.IndexAny(clean, special())]
		return
	}
	wild := func(r rune) bool { return r == '*' || r == '?' }
	// A ** takes the separator after it along.
	plain := strings.FieldsFunc(strings.ReplaceAll(clean, "**/", "*"), wild)
	if len(plain) == 0 {
		return
	}
	for _, text := range plain {
		if len(text) > len(p.middle) {
			p.middle = text
		}
	}
	if !wild(rune(clean[0])) {
		p.prefix = plain[0]
	}
	if !wild(rune(clean[len(clean)-1])) {
		p.suffix = plain[len(plain)-1]
	}
}

// matches says whether the pattern matches path itself, not a parent.
func (p *pattern) matches(path string) (bool, error) {
	if p.bad != nil {
		return false, p.bad
	}
	if !strings.HasPrefix(path, p.prefix) || !strings.HasSuffix(path, p.suffix) || !strings.Contains(path, p.middle) {
		return false, nil
	}
	matched, _, err := p.matcher.MatchesUsingParentResults(path, p.none)
	return matched != p.exception, err
}

// reaches says whether something below dir, which ends with a separator, could
// match. Among plain exceptions it is BuildKit's own rule.
func (p *pattern) reaches(dir string, plain bool) bool {
	if plain {
		return strings.HasPrefix(p.stem+slash, dir)
	}
	return p.bad != nil || strings.HasPrefix(dir, p.prefix) || strings.HasPrefix(p.prefix, dir)
}
