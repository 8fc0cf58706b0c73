package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

const topicsVariable = "KAFKA_TOPICS"

// Limits of Kafka: a name becomes a directory's. It has none for partitions, but each of them is a
// directory with open files, and one node with more than this is a typing error.
const (
	longestName    = 249
	mostPartitions = 1000
)

// spec is one word of KAFKA_TOPICS.
type spec struct {
	name       string
	partitions int32
}

// parseTopics reads orders:3,events. Empty words are passed over, so that a list may end with a comma;
// everything else that is wrong comes back as diagnostics, one a word.
func parseTopics(text string) ([]spec, []sdk.Diagnostic) {
	var list []spec
	var wrong []sdk.Diagnostic
	seen := map[string]string{} // by the name that Kafka's metrics have: it refuses two that are equal there
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		s, err := parseTopic(word)
		key := strings.ReplaceAll(s.name, ".", "_")
		first, twice := seen[key]
		switch {
		case err != nil:
			wrong = append(wrong, sdk.Diagnostic{Code: "BAD_TOPIC", Path: topicsVariable, Summary: err.Error(), Hint: topicsVariable + "=orders:3,events"})
		case twice && first == s.name:
			wrong = append(wrong, sdk.Diagnostic{Code: "DUPLICATE_TOPIC", Path: topicsVariable, Summary: fmt.Sprintf("topic %q is listed twice", s.name), Hint: "remove one of them"})
		case twice:
			wrong = append(wrong, sdk.Diagnostic{Code: "TOPICS_COLLIDE", Path: topicsVariable, Hint: "rename one of them",
				Summary: fmt.Sprintf("topics %q and %q are the same to Kafka, which takes \".\" for \"_\" in places", first, s.name)})
		default:
			seen[key] = s.name
			list = append(list, s)
		}
	}
	return list, wrong
}

func parseTopic(word string) (spec, error) {
	name, count, given := strings.Cut(word, ":")
	if err := checkName(name); err != nil {
		return spec{}, err
	}
	s := spec{name: name, partitions: 1}
	if !given {
		return s, nil
	}
	n, err := strconv.ParseInt(count, 10, 32)
	if err != nil || n < 1 || n > mostPartitions {
		return spec{}, fmt.Errorf("topic %q: %q is no number of partitions from 1 to %d", name, short(count), mostPartitions)
	}
	s.partitions = int32(n)
	return s, nil
}

// checkName refuses what Kafka would refuse.
func checkName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("a topic has no name")
	case name == "." || name == "..":
		return fmt.Errorf("a topic cannot be called %q", name)
	case len(name) > longestName:
		return fmt.Errorf("the name of topic %q has %d characters, %d are allowed", short(name), len(name), longestName)
	}
	for _, r := range name {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", r) {
			return fmt.Errorf("topic %q: a name has letters, digits, \".\", \"_\" and \"-\" only, not %q", short(name), r)
		}
	}
	return nil
}

// short cuts what a message quotes.
func short(text string) string {
	const most = 40
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}
