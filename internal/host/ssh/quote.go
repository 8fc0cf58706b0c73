package ssh

import "strings"

// Quote writes words as one line of a POSIX shell, which reads them as they
// were: any bytes but NUL, which no argument of a command can hold.
func Quote(words ...string) string {
	var line strings.Builder
	for i, word := range words {
		if i > 0 {
			line.WriteByte(' ')
		}
		if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }) {
			line.WriteString(word)
			continue
		}
		line.WriteString("'" + strings.ReplaceAll(word, "'", `'\''`) + "'")
	}
	return line.String()
}
