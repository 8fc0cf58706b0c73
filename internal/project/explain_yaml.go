package project

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

var (
	twice     = lazyregexp.New(`line (\d+): mapping key "(.*)" already defined at line (\d+)`)
	inItself  = lazyregexp.New(`cycle detected: node at path (\S+) references`)
	isAnchor  = lazyregexp.New(`unknown anchor '(.*)' referenced`)
	decodedAt = lazyregexp.New(`line (\d+): (?:go-yaml load error in \w+ at L(\d+)\.C\d+: )?(.*)`)
)

// badYAML: what the YAML parser refuses. compose-go often leaves the file out,
// so each is parsed again.
func badYAML(l *locator, m []string) (mistake, bool) {
	if found := twice.FindStringSubmatch(m[0]); found != nil {
		return mistake{place{l.p.Short(m[1]), atoi(found[1])},
			fmt.Sprintf("key %q is there twice, first on line %s", found[2], found[3]), "keep one of the two"}, true
	}
	if found := inItself.FindStringSubmatch(m[0]); found != nil {
		return mistake{l.in(m[1]).path(found[1]), "an anchor contains itself", "remove the alias to it"}, true
	}
	for _, s := range l.in(m[1]).sources {
		if s.err != nil {
			return l.syntax(s), true
		}
		if len(s.docs) > 0 && s.docs[0].Content[0].Kind != yaml.MappingNode {
			return mistake{place{l.p.Short(s.path), s.docs[0].Content[0].Line}, "a Compose file has keys, such as services:",
				"start with services:"}, true
		}
	}
	if found := decodedAt.FindStringSubmatch(m[0]); found != nil && m[1] != "" {
		at := place{l.p.Short(m[1]), max(atoi(found[1]), atoi(found[2]))}
		if strings.Contains(found[3], "as a map key") {
			return mistake{at, "a key must be one word or text", "put it in quotes"}, true
		}
		return mistake{at, found[3], "correct this line"}, true
	}
	return mistake{}, false
}

// syntax explains the first error of the YAML parser in s.
func (l *locator) syntax(s *source) mistake {
	m := mistake{at: place{file: l.p.Short(s.path)}, text: s.err.Error(), hint: "correct this line, or the one above"}
	var e *yaml.LoadError
	if !errors.As(s.err, &e) {
		return m
	}
	m.at.line, m.text = e.Mark.Line, e.Message
	if found := isAnchor.FindStringSubmatch(e.Message); found != nil {
		m.text, m.hint = fmt.Sprintf("no anchor &%s stands above *%s", found[1], found[1]), "define it first, as in x-base: &"+found[1]
		return m
	}
	switch {
	case e.Message == "found character that cannot start any token" && s.tabAt(m.at.line):
		m.text, m.hint = "a tab in the indentation", "indent with spaces: YAML allows no tab there"
	case strings.HasPrefix(e.Message, "did not find expected key"), strings.HasPrefix(e.Message, "did not find expected '-'"):
		m.text, m.hint = "the indentation fits none of the lines above", "indent keys that belong together by the same number of spaces"
	case strings.HasPrefix(e.Message, "mapping values are not allowed"):
		m.text, m.hint = "a colon where no key is expected", "put the value in quotes, or correct the indentation"
	case strings.Contains(e.Message, "unexpected end of stream"):
		m.at.line, m.text, m.hint = opened(e), "a quote that is not closed", "close it on the same line"
	case strings.Contains(e.Message, "expected ',' or"):
		m.at.line, m.text, m.hint = opened(e), "a bracket that is not closed", "close it, with commas between its elements"
	}
	return m
}

// opened is where the construct starts that has no end.
func opened(e *yaml.LoadError) int {
	if e.ContextMark.Line > 0 {
		return e.ContextMark.Line
	}
	return e.Mark.Line
}

func (s *source) tabAt(line int) bool {
	return line >= 1 && line <= len(s.lines) && strings.HasPrefix(strings.TrimLeft(s.lines[line-1], " "), "\t")
}

// emptyFile: no key in the first file, or in any.
func emptyFile(l *locator, _ []string) (mistake, bool) {
	return mistake{l.whole(), "the file is empty", "write services: and at least one service with an image below it"}, true
}

// noServices: services: is there and has nothing below it.
func noServices(l *locator, _ []string) (mistake, bool) {
	return mistake{l.path("services"), "no service is defined", "write at least one service with an image below services:"}, true
}
