package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestTopicsAreReadWithTheirPartitions(t *testing.T) {
	for text, want := range map[string][]spec{
		"":                    nil,
		" , ,":                nil,
		"orders":              {{"orders", 1}},
		"orders:3, events , ": {{"orders", 3}, {"events", 1}},
		"a.b:1000,_c-D":       {{"a.b", 1000}, {"_c-D", 1}},
	} {
		got, wrong := parseTopics(text)
		if len(wrong) > 0 || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v; want %v", text, got, wrong, want)
		}
	}
}

func TestMistakesInTopicsAreAllFound(t *testing.T) {
	for text, want := range map[string][]string{
		"orders:0":                      {`BAD_TOPIC topic "orders": "0" is no number of partitions from 1 to 1000`},
		"orders:1001":                   {`BAD_TOPIC topic "orders": "1001" is no number of partitions from 1 to 1000`},
		"orders:three":                  {`BAD_TOPIC topic "orders": "three" is no number of partitions from 1 to 1000`},
		"orders:":                       {`BAD_TOPIC topic "orders": "" is no number of partitions from 1 to 1000`},
		":3":                            {`BAD_TOPIC a topic has no name`},
		"..":                            {`BAD_TOPIC a topic cannot be called ".."`},
		"new orders":                    {`BAD_TOPIC topic "new orders": a name has letters, digits, ".", "_" and "-" only, not ' '`},
		"bestellungen-für-heute":        {`BAD_TOPIC topic "bestellungen-für-heute": a name has letters, digits, ".", "_" and "-" only, not 'ü'`},
		strings.Repeat("a", 250):        {`BAD_TOPIC the name of topic "` + strings.Repeat("a", 39) + `…" has 250 characters, 249 are allowed`},
		"orders,orders:3":               {`DUPLICATE_TOPIC topic "orders" is listed twice`},
		"a.b,a_b":                       {`TOPICS_COLLIDE topics "a.b" and "a_b" are the same to Kafka, which takes "." for "_" in places`},
		"orders:0,good,orders:x,good:2": {`BAD_TOPIC topic "orders": "0" is no number of partitions from 1 to 1000`, `BAD_TOPIC topic "orders": "x" is no number of partitions from 1 to 1000`, `DUPLICATE_TOPIC topic "good" is listed twice`},
	} {
		_, wrong := parseTopics(text)
		var got []string
		for _, d := range wrong {
			got = append(got, d.Code+" "+d.Summary)
			if d.Path != topicsVariable || d.Hint == "" {
				t.Errorf("%q: finding %+v has no path or no hint", text, d)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q:\n got %q\nwant %q", text, got, want)
		}
	}
}

// FuzzTopics holds what the hook relies on: a list without findings is one that Kafka takes, and reads the
// same when it is written again.
func FuzzTopics(f *testing.F) {
	for _, seed := range []string{"orders:3,events", "", ",", "a:", ":1", "a.b,a_b", "x:2147483648", "ü", strings.Repeat("a", 250)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, wrong := parseTopics(text)
		seen := map[string]bool{}
		for _, s := range list {
			if checkName(s.name) != nil || s.partitions < 1 || s.partitions > mostPartitions || seen[s.name] {
				t.Fatalf("%q is taken for %+v", text, list)
			}
			seen[s.name] = true
		}
		for _, d := range wrong {
			if d.Summary == "" || len(d.Summary) > 400 {
				t.Fatalf("%q: summary has %d bytes: %q", text, len(d.Summary), d.Summary)
			}
		}
		again, _ := parseTopics(written(list))
		if !slices.Equal(again, list) {
			t.Fatalf("%q is %+v, and %+v when read again", text, list, again)
		}
	})
}

func written(list []spec) string {
	words := make([]string, 0, len(list))
	for _, s := range list {
		words = append(words, fmt.Sprintf("%s:%d", s.name, s.partitions))
	}
	return strings.Join(words, ",")
}
