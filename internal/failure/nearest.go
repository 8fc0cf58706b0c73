package failure

import "strings"

// Nearest is the candidate that word most likely meant, or "": the one behind
// "did you mean". A candidate counts when a slip of the fingers lies between
// them, or when one is the beginning of the other (development, dev).
func Nearest(word string, candidates []string) string {
	word = strings.ToLower(word)
	best, least := "", min(2+len(word)/4, len(word))
	for _, candidate := range candidates {
		if d := slips(word, candidate); d < min(least, len(candidate)) {
			best, least = candidate, d
		}
	}
	if best != "" {
		return best
	}
	for _, candidate := range candidates {
		if begins(word, candidate) || begins(candidate, word) {
			return candidate
		}
	}
	return ""
}

func begins(word, with string) bool {
	return len(with) >= 3 && strings.HasPrefix(word, with)
}

// slips counts the letters inserted, dropped, replaced or swapped with their
// neighbour between a and b.
func slips(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
