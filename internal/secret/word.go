package secret

import (
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// knownWords are what an attacker tries first.
var knownWords = []string{
	"123456", "1234567", "12345678", "123456789", "1234567890", "abc123", "admin", "admin123", "administrator", "changeit", "changeme",
	"default", "demo", "dev", "development", "docker", "dummy", "example", "foobar", "guest", "hunter2", "letmein", "local", "localhost", "minio", "minioadmin",
	"mysql", "neo4j", "none", "null", "pass", "passw0rd", "password", "password1", "password123", "postgres", "postgresql", "qwerty", "rabbitmq",
	"redis", "replaceme", "root", "sample", "secret", "secretkey", "supersecret", "superuser", "tbd", "temp", "test", "test123", "testing", "todo", "token", "toor",
	"user", "welcome",
}

// placeholder is a text that says what should stand there.
var placeholder = lazyregexp.New(`(?i)^(<.*>|\[.*\]|\{.*\}|%.*%|x{3,}|\*{3,}|\.{3,}|(please[-_ ]?)?(change|replace|update|edit|fill|set|insert)[-_ ]?(me|this|it|in)([-_ !.].*)?|(your|put|enter)[-_ ].*)$`)

// IsKnownWord ignores case, hyphens and the like: Change-Me is changeme.
func IsKnownWord(value string) bool {
	plain := strings.NewReplacer("-", "", "_", "", " ", "", ".", "", "!", "").Replace(strings.ToLower(value))
	_, found := slices.BinarySearch(knownWords, plain)
	return found || placeholder.MatchString(value)
}
