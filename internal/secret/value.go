package secret

import (
	"slices"
	"strings"
	"unicode"
)

// leastDistinctive is the length from which a value may be told apart from an
// ordinary word, in characters.
const leastDistinctive = 8

// IsDistinctive reports whether a value cannot be an ordinary word, a name or a
// version, so that wherever the same letters stand they are this value. It is
// long, and has a part that is neither a word, nor a number, nor a word with a
// number behind it: hunter2hunter2 is, postgres, shop-v2 and my-project-2026
// are not. What is not is masked by its place alone.
func IsDistinctive(value string) bool {
	if len([]rune(value)) < leastDistinctive || IsKnownWord(value) {
		return false
	}
	parts := strings.FieldsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	slices.Sort(parts)
	odd := 0
	for _, part := range slices.Compact(parts) {
		if !isOrdinary(part) {
			odd += len([]rune(part))
		}
	}
	return odd >= leastOdd
}

// leastOdd is how many characters are in no ordinary part: neo4j and k8s are names.
const leastOdd = 6

// isOrdinary: letters that can be a word, a number, or the one and then the other.
func isOrdinary(part string) bool {
	letters := strings.TrimRightFunc(part, unicode.IsDigit)
	digits := len([]rune(part)) - len([]rune(letters))
	switch {
	case letters == "":
		return digits <= 8
	case digits > 4:
		return false
	}
	return isWordlike(letters)
}

// longestWord in characters; longer ones are seldom, and random letters are not.
const longestWord = 15

// isWordlike: what could be pronounced, each part of camelCase by itself.
func isWordlike(text string) bool {
	if strings.ContainsFunc(text, unicode.IsDigit) || len([]rune(text)) > 2*longestWord {
		return false
	}
	for _, w := range split(text) {
		if n := len([]rune(w)); n > longestWord || n < 2 && len(text) > 1 || n > 5 && !isPronounced(w) {
			return false
		}
	}
	return true
}

// isPronounced: enough vowels, and neither five consonants nor four vowels in a row.
func isPronounced(w string) bool {
	vowels, length, run, former := 0, 0, 0, false
	for _, r := range w {
		vowel := strings.ContainsRune("AEIOUY", r) || r > unicode.MaxASCII
		if vowel == former {
			run++
		} else {
			run, former = 1, vowel
		}
		if vowel {
			vowels++
		}
		if length++; vowel && run > 3 || !vowel && run > 4 {
			return false
		}
	}
	return vowels*5 >= length
}
