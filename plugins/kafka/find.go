package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// find says whether there is a topic with the name: an UNKNOWN_TOPIC where there is none. Listing all
// topics creates none, as asking for one by name may.
func find(ctx context.Context, kafka *kadm.Client, name string) error {
	there, err := kafka.ListTopicsWithInternal(ctx)
	if err != nil {
		return explain(ctx, "list topics", err)
	}
	if there.Has(name) {
		return nil
	}
	there.FilterInternal()
	return unknown(name, there.Names())
}

const codeUnknown = "UNKNOWN_TOPIC"

// isUnknown tells a topic that is not there from a broker that does not answer.
func isUnknown(err error) bool {
	var found sdk.Diagnostic
	return errors.As(err, &found) && found.Code == codeUnknown
}

// unknown is the error for a name that no topic has.
func unknown(name string, names []string) error {
	found := sdk.Diagnostic{Code: codeUnknown, Summary: fmt.Sprintf("no topic %q", short(name)), Hint: "mage kafka:topics"}
	if meant := nearest(name, names); meant != "" {
		found.Summary += fmt.Sprintf(": did you mean %q?", meant)
	} else if len(names) == 0 {
		found.Summary += ": there are none"
		found.Hint = "mage kafka:create NAME"
	}
	return found
}

// nearest is the name that a word most likely meant, or "": one that a slip or two of the fingers lead to,
// or that it is the beginning of.
func nearest(word string, names []string) string {
	word = strings.ToLower(word)
	best, least := "", min(2+len(word)/4, len(word))
	for _, name := range names {
		if d := slips(word, strings.ToLower(name)); d < least {
			best, least = name, d
		}
	}
	if best != "" || len(word) < 3 {
		return best
	}
	for _, name := range names {
		if strings.HasPrefix(strings.ToLower(name), word) {
			return name
		}
	}
	return ""
}

// slips counts the letters that are inserted, dropped or replaced between a and b.
func slips(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
