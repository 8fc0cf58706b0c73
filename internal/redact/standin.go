// Package redact masks secrets by their place: where they are interpolated, not
// where the same letters stand. What is to be shown is rendered twice, the second
// time with a stand-in for each secret; what differs is the secret. A stand-in is
// another value of the same form, as a port has to stay a number and a duration a
// duration. Who renders is the project's business. It imports failure and secret.
package redact

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// StandIns are secrets with what stands in for them. Any number of goroutines may
// make them; nothing is compared before all are made.
type StandIns struct {
	mu     sync.Mutex
	of     map[string]string
	sorted []string // the secrets, the longest first; nil when one has been added since
}

// NewStandIns knows none yet.
func NewStandIns() *StandIns { return &StandIns{of: map[string]string{}} }

// For is what stands in for a secret: a text that differs in each run of letters
// and digits, and in nothing else.
func (s *StandIns) For(value string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if value != "" && s.of[value] == "" {
		s.of[value], s.sorted = standIn(value), nil
	}
	return s.of[value]
}

func (s *StandIns) longestFirst() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sorted == nil {
		s.sorted = slices.SortedFunc(maps.Keys(s.of), func(a, b string) int { return len(b) - len(a) })
	}
	return s.sorted
}

// opposites are the words that Compose reads as a boolean.
var opposites = map[string]string{"true": "false", "false": "true", "yes": "no", "no": "yes", "on": "off", "off": "on", "y": "n", "n": "y"}

func standIn(value string) string {
	if other := opposites[strings.ToLower(value)]; other != "" {
		return other
	}
	scheme, rest, isURL := strings.Cut(value, "://")
	if isURL && !strings.ContainsFunc(scheme, func(r rune) bool { return !unicode.IsLetter(r) }) {
		scheme += "://"
	} else {
		scheme, rest = "", value
	}
	other := scheme + changed(rest, isMeasure(value))
	if other == value {
		return value + "x"
	}
	return other
}

// isMeasure: digits with at most three letters behind each run of them, as
// durations, sizes, ports, addresses and numbers have.
func isMeasure(value string) bool {
	letters := len("min") + 1 // none may come first
	for _, r := range value {
		switch {
		case r >= '0' && r <= '9':
			letters = 0
		case unicode.IsLetter(r):
			letters++
		case !strings.ContainsRune("+-.,:/", r):
			return false
		}
		if letters > len("min") && unicode.IsLetter(r) {
			return false
		}
	}
	return letters <= len("min")
}

// changed has another last digit in each run of digits, so that a port stays one,
// and other letters unless these are units.
func changed(text string, isMeasure bool) string {
	runes := []rune(text)
	for i, r := range runes {
		last := i+1 == len(runes) || runes[i+1] < '0' || runes[i+1] > '9'
		switch {
		case r >= '0' && r <= '9' && last:
			runes[i] = '0' + (r - '0') ^ 1
		case isMeasure:
		case r >= 'a' && r <= 'z':
			runes[i] = 'a' + (r-'a'+1)%26
		case r >= 'A' && r <= 'Z':
			runes[i] = 'A' + (r-'A'+1)%26
		}
	}
	return string(runes)
}
