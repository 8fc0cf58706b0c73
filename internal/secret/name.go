package secret

import (
	"slices"
	"strings"
	"unicode"
)

// IsName reports whether a variable, or a key, of this name holds a secret by
// convention. It goes by the words of the name, so that GIT_AUTHOR_NAME has
// nothing of AUTH, and by the last of them first: a PASSWORD_FILE, a TOKEN_URL
// and an AUTH_TYPE say something about a secret, and are none.
func IsName(name string) bool {
	return Sounds(name) && !isAbout(split(name))
}

// Sounds reports whether a name sounds like a secret's, although it may be that of
// something about one, or of a public key.
func Sounds(name string) bool {
	words := split(name)
	return slices.ContainsFunc(words, isWord) || isPhrase(words) || len(words) > 0 && isEnd(words)
}

// IsPublicName reports whether a name sounds like a secret's, but is that of
// something that a browser or a partner gets: a bundler's prefix, or a public key.
func IsPublicName(name string) bool {
	words := split(name)
	return hasPair(words, "PUBLIC", "KEY") || hasPair(words, "PUBLIC", "KEYS") || len(words) > 1 && slices.ContainsFunc(publicPrefixes,
		func(prefix string) bool { return strings.HasPrefix(strings.Join(words, "_"), prefix) })
}

// publicPrefixes are those of variables that a bundler writes into what browsers load.
var publicPrefixes = []string{"NEXT_PUBLIC_", "NUXT_PUBLIC_", "VITE_", "REACT_APP_", "EXPO_PUBLIC_", "GATSBY_", "VUE_APP_", "PUBLIC_"}

// split takes a name apart into its words in capitals: at everything that is no
// letter and no digit, and where a capital follows a small letter.
func split(name string) (words []string) {
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		runes, from := []rune(part), 0
		for i := 1; i < len(runes); i++ {
			ends := unicode.IsLower(runes[i-1]) && unicode.IsUpper(runes[i])
			begins := unicode.IsUpper(runes[i-1]) && unicode.IsUpper(runes[i]) && i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if ends || begins {
				words, from = append(words, strings.ToUpper(string(runes[from:i]))), i
			}
		}
		words = append(words, strings.ToUpper(string(runes[from:])))
	}
	return words
}

// aboutWords end the name of what is said about a secret.
var aboutWords = []string{
	"FILE", "FILES", "PATH", "DIR", "DIRECTORY", "URL", "URLS", "URI", "ENDPOINT", "HOST", "PORT", "TYPE", "PREFIX", "SUFFIX", "TTL", "EXPIRY",
	"EXPIRES", "EXPIRATION", "LIFETIME", "AGE", "TIMEOUT", "INTERVAL", "PERIOD", "DAYS", "HOURS", "MINUTES", "SECONDS", "LENGTH", "SIZE", "COUNT", "LIMIT",
	"LIMITS", "ENABLE", "ENABLED", "DISABLE", "DISABLED", "REQUIRED", "NAME", "ALGORITHM", "ALG", "METHOD", "MODE", "HEADER", "ISSUER", "AUDIENCE",
	"VERSION", "FORMAT", "POLICY", "ROUNDS", "REALM", "SCOPE", "SCOPES", "ENCODING", "ROTATION", "SCANNING",
}

// isAbout: the name is of something about a secret, of a key that is none, or
// of something that is meant to be read.
func isAbout(words []string) bool {
	last := words[len(words)-1]
	amount := slices.ContainsFunc(words, func(w string) bool { return w == "MAX" || w == "MIN" || w == "NUM" })
	kinds := []string{"PUBLIC", "PRIMARY", "FOREIGN", "PARTITION", "SORT", "ROUTING", "CACHE", "PUBLISHABLE"}
	plainKey := (last == "KEY" || last == "KEYS") && len(words) > 1 && slices.Contains(kinds, words[len(words)-2])
	public := IsPublicName(strings.Join(words, "_")) && !slices.ContainsFunc(words, func(w string) bool {
		return w == "SECRET" || w == "PRIVATE" || strings.Contains(w, "PASSW")
	})
	return slices.Contains(aboutWords, last) || last == "TOKENS" && amount || plainKey || public
}

// isWord: the word alone makes it a secret, also at the end of another one, as
// in PGPASSWORD.
func isWord(w string) bool {
	for _, part := range []string{"PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "CREDENTIAL", "APIKEY"} {
		if strings.Contains(w, part) {
			return true
		}
	}
	return w == "DSN" || strings.HasSuffix(w, "TOKEN") || strings.HasSuffix(w, "TOKENS")
}

func isPhrase(words []string) bool {
	return hasPair(words, "API", "KEY") || hasPair(words, "PRIVATE", "KEY") || hasPair(words, "ACCESS", "KEY") || hasPair(words, "CONNECTION", "STRING") ||
		hasPair(words, "API", "KEYS") || hasPair(words, "AUTH", "USERS") || hasPair(words, "AUTH", "CONFIG") || hasPair(words, "ERLANG", "COOKIE")
}

// isEnd: what makes a secret as the last of several words only.
func isEnd(words []string) bool {
	last := words[len(words)-1]
	if len(words) > 1 && slices.Contains([]string{"KEY", "PASS", "PW", "PWD", "AUTH", "CREDS", "PSK"}, last) {
		return true
	}
	return len(last) > len("PASS") && strings.HasSuffix(last, "PASS") && !slices.Contains([]string{"BYPASS", "COMPASS", "SURPASS", "OVERPASS"}, last)
}

func hasPair(words []string, first, second string) bool {
	for i := 1; i < len(words); i++ {
		if words[i-1] == first && words[i] == second {
			return true
		}
	}
	return false
}
