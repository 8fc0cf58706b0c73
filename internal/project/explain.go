package project

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// errNoServices is what an empty stack is: compose-go lets it pass.
var errNoServices = errors.New("no service is defined")

// mistake is one thing that is wrong in the user's files.
type mistake struct {
	at   place
	text string // without place, in one line
	hint string
}

func (m mistake) String() string { return m.at.String() + ": " + m.text }

// rule explains the errors that match: m are the submatches. It returns false
// where another rule is to be tried.
type rule struct {
	pattern *lazyregexp.Regexp
	explain func(l *locator, m []string) (mistake, bool)
}

func on(pattern string, explain func(l *locator, m []string) (mistake, bool)) rule {
	return rule{lazyregexp.New(`(?s)^` + pattern + `$`), explain}
}

// explain turns an error of compose-go into one with file, line and remedy. It
// shows no value of a variable, but where only that can be what is wrong.
func explain(err error, p *Project) error {
	var known *failure.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	l := newLocator(p)
	mistakes := l.mistakes(err)
	if len(mistakes) == 1 {
		e := failed(mistakes[0])
		e.Cause = err
		return e
	}
	e := failure.New(failure.Preflight, "%d mistakes in the Compose files", len(mistakes))
	e.Cause = err
	if !slices.ContainsFunc(mistakes, func(m mistake) bool { return m.hint != mistakes[0].hint }) {
		for _, m := range mistakes {
			e.WithDetails(m.String())
		}
		return e.WithHint("%s", mistakes[0].hint)
	}
	for _, m := range mistakes {
		e.WithDetails(m.String(), "  → "+m.hint)
	}
	return e
}

func failed(m mistake) *failure.Error {
	return failure.New(failure.Preflight, "%s", m).WithHint("%s", m.hint)
}

// mistakes explains each of the joined errors once.
func (l *locator) mistakes(err error) []mistake {
	var list []mistake
	var texts []string
	for _, text := range messages(err) {
		m := l.mistake(text)
		if !slices.Contains(texts, m.text) {
			texts = append(texts, m.text)
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(a, b mistake) int {
		return cmp.Or(strings.Compare(a.at.file, b.at.file), a.at.line-b.at.line)
	})
	return list
}

func (l *locator) mistake(text string) mistake {
	for _, r := range rules() {
		if found := r.pattern.FindStringSubmatch(text); found != nil {
			if m, ok := r.explain(l, found); ok {
				return l.discreet(m)
			}
		}
	}
	return l.discreet(l.plain(text))
}

func (l *locator) discreet(m mistake) mistake {
	m.text, m.hint = l.hide(m.text), l.hide(m.hint)
	return m
}

var decodeLine = lazyregexp.New(`(?m)^'[^']+' .+$`)

// messages takes joined errors apart, and mapstructure's lists of them.
func messages(err error) []string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var list []string
		for _, e := range joined.Unwrap() {
			list = append(list, messages(e)...)
		}
		return list
	}
	text := err.Error()
	if rest, ok := strings.CutPrefix(text, "decoding failed due to the following error(s):"); ok {
		return decodeLine.FindAllString(rest, -1)
	}
	return []string{text}
}

// plain is what is left where no rule knows the error: its first line.
func (l *locator) plain(text string) mistake {
	text, _, _ = strings.Cut(strings.TrimSuffix(text, ": invalid compose project"), "\n")
	for _, s := range l.sources {
		text = strings.ReplaceAll(text, s.path, l.p.Short(s.path))
	}
	return mistake{at: l.whole(), text: text, hint: "docker compose -f " + l.whole().file + " config -q"}
}

// quoted joins names for a sentence.
func quoted(names []string) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(list, ", ")
}
