package canary_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// pieceLength is how much of a canary is enough to be found, in bytes.
const pieceLength = 8

// newCanary is a secret that is nowhere else in the world. What a format could
// escape goes between stretches that stay as they are in every format.
func newCanary(separators ...string) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	var b strings.Builder
	for i := range len(separators) + 1 {
		if i > 0 {
			b.WriteString(separators[i-1])
		}
		for n := range pieceLength + 4 {
			if n == 3 || n == 7 { // so that it cannot be a word
				b.WriteByte(alphabet[26+rand.IntN(10)])
				continue
			}
			b.WriteByte(alphabet[rand.IntN(len(alphabet))])
		}
	}
	return b.String()
}

// hunt knows the pieces of all canaries in all spellings.
type hunt struct {
	mu     sync.Mutex
	values map[string]string // by what the canary is called
	pieces map[string]string // what it is called, by piece
}

func newHunt() *hunt { return &hunt{values: map[string]string{}, pieces: map[string]string{}} }

// know adds a canary.
func (h *hunt) know(name, value string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.values[name] = value
	for _, spelling := range spellings(value) {
		for i := range len(spelling) - pieceLength + 1 {
			h.pieces[spelling[i:i+pieceLength]] = name
		}
	}
}

// spellings are a value in every form in which it would still be one. In
// base64 a byte has three forms, by its place.
func spellings(value string) []string {
	list := []string{value, strings.ToUpper(value), url.QueryEscape(value), url.PathEscape(value), fmt.Sprintf("%q", value)}
	for before := range 3 {
		text := base64.StdEncoding.EncodeToString(append(make([]byte, before), value...))
		text = strings.TrimRight(text, "=")
		text = text[(before*8+5)/6 : len(text)-1] // without what the neighbours have a part in
		list = append(list, text, strings.NewReplacer("+", "-", "/", "_").Replace(text))
	}
	return list
}

var colours = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)

// in is what a text gives away of which canaries.
func (h *hunt) in(text []byte) map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	found := map[string]string{}
	h.search(text, found)
	if bytes.ContainsRune(text, 0x1b) {
		h.search(colours.ReplaceAll(text, nil), found)
	}
	return found
}

func (h *hunt) search(text []byte, found map[string]string) {
	for i := range len(text) - pieceLength + 1 {
		name, hit := h.pieces[string(text[i:i+pieceLength])]
		if _, known := found[name]; hit && !known {
			found[name] = around(text, i)
		}
	}
}

// around shows where something was found.
func around(text []byte, at int) string {
	return fmt.Sprintf("%q", text[max(0, at-60):min(len(text), at+3*pieceLength)])
}

// none fails the test when a text gives any canary away.
func (h *hunt) none(t *testing.T, what string, text []byte) {
	t.Helper()
	h.only(t, what, text)
}

// only fails the test unless a text gives away exactly the named canaries.
func (h *hunt) only(t *testing.T, what string, text []byte, names ...string) {
	t.Helper()
	found := h.in(text)
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if !slices.Contains(names, name) {
			t.Errorf("%s: %s comes out: %s", what, name, found[name])
		}
	}
	for _, name := range names {
		if _, ok := found[name]; !ok {
			t.Errorf("%s: %s should come out here\n%s", what, name, text)
		}
	}
}

func TestTheCanariesAreFoundInEverySpelling(t *testing.T) {
	t.Parallel()
	h, value := newHunt(), newCanary(`"&`, "é ", "\n", "$")
	h.know("X", value)
	h.know("OTHER", newCanary())
	for what, text := range map[string]string{
		"plain":      "before" + value + "after",
		"beginning":  value[:pieceLength],
		"end":        value[len(value)-pieceLength:],
		"upper case": strings.ToUpper(value),
		"URL":        "http://x/?q=" + url.QueryEscape(value[13:]),
		"JSON":       fmt.Sprintf("%q", value)[14:],
		"colours":    value[:5] + "\x1b[1;31m" + value[5:10] + "\x1b[0m",
		"base64 0":   base64.StdEncoding.EncodeToString([]byte(value)),
		"base64 1":   base64.StdEncoding.EncodeToString([]byte(":" + value)),
		"base64 2":   base64.URLEncoding.EncodeToString([]byte("u:" + value)),
	} {
		if found := h.in([]byte(text)); len(found) != 1 || found["X"] == "" {
			t.Errorf("%s: found %v in %q", what, found, text)
		}
	}
	if found := h.in([]byte(value[:pieceLength-1])); len(found) > 0 {
		t.Errorf("seven characters are found: %v", found)
	}
}
