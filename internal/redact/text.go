package redact

import (
	"strings"

	"github.com/infinitescribe/spellbook/internal/secret"
)

// Text masks in a text the secrets that it is made of; other is the same text
// rendered with their stand-ins. Where a secret was changed on its way into the
// text, the whole of it is masked.
func (s *StandIns) Text(text, other string) string {
	shown, _ := s.compare(text, other)
	return shown
}

// In are the secrets that a text is made of; none are named where they were
// changed on their way into it.
func (s *StandIns) In(text, other string) []string {
	_, found := s.compare(text, other)
	return found
}

func (s *StandIns) compare(text, other string) (shown string, found []string) {
	if text == other {
		return text, nil
	}
	var b strings.Builder
	values, masked := s.longestFirst(), false
	for text != "" || other != "" {
		if value := s.both(values, text, other); value != "" {
			if !masked {
				b.WriteString(secret.Mask)
			}
			text, other, masked, found = text[len(value):], other[len(s.of[value]):], true, append(found, value)
			continue
		}
		if text == "" || other == "" || text[0] != other[0] {
			return secret.Mask, nil
		}
		b.WriteByte(text[0])
		text, other, masked = text[1:], other[1:], false
	}
	return b.String(), found
}

// both is the secret that a text begins with, and the other text with its stand-in.
func (s *StandIns) both(values []string, text, other string) string {
	for _, value := range values {
		if strings.HasPrefix(text, value) && strings.HasPrefix(other, s.of[value]) {
			return value
		}
	}
	return ""
}
