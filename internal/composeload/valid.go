package composeload

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/schema"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/state"
)

// Memory is the file with the keys of what was valid, its user's alone; with ""
// nothing is remembered. Compiling the schema and validating is half of what it
// takes to load a small model.
type Memory string

// kept is how many keys are remembered, the latest first.
const kept = 64

// Known leaves the validation out where the same files with the same variables were
// valid before; else found notes that they are. Files that name others are always
// validated, and so is a `version`, which compose-go takes away, with a warning,
// while it validates. Whatever values the chosen variables have, they are as valid.
func (m Memory) Known(files []string, environ types.Mapping, chosen []string) (with []func(*loader.Options), found func()) {
	text, plain := plainText(files)
	if !plain || m == "" || mayHaveKey(text, "version") {
		return nil, func() {}
	}
	k := key(schema.Schema, text, func(name string) (string, bool) {
		if slices.Contains(chosen, name) {
			return "\x00", true // which no variable has
		}
		return environ.Resolve(name)
	})
	if m.has(k) {
		return []func(*loader.Options){loader.WithSkipValidation}, func() {}
	}
	return nil, func() { m.add(k) }
}

// key is of a text, of the values of all variables that it may be filled in with,
// and of the schema. A value is not to be read from it.
func key(schema string, text []byte, lookup func(name string) (string, bool)) string {
	h := sha256.New()
	field := func(s string) {
		sum := sha256.Sum256([]byte(s))
		_, _ = h.Write(sum[:])
	}
	field(schema)
	field(string(text))
	for _, name := range variables(string(text)) {
		value, set := lookup(name)
		field(name)
		if set {
			field(value)
		} else {
			_, _ = h.Write([]byte{0})
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// variables are all names after a dollar, with a brace or without, escaped or
// not: one too many costs nothing.
func variables(text string) []string {
	var names []string
	for {
		_, after, found := strings.Cut(text, "$")
		if !found {
			break
		}
		text = strings.TrimPrefix(after, "{")
		end := strings.IndexFunc(text, func(r rune) bool {
			return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		})
		if end < 0 {
			end = len(text)
		}
		if end > 0 {
			names = append(names, text[:end])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// has says that what the key is of was valid.
func (m Memory) has(key string) bool { return slices.Contains(m.keys(), key) }

// add remembers a key. What cannot be written costs the next run a moment.
func (m Memory) add(key string) {
	if m == "" {
		return
	}
	list := slices.Insert(slices.DeleteFunc(m.keys(), func(k string) bool { return k == key }), 0, key)
	_ = state.Write(string(m), []byte(strings.Join(list[:min(len(list), kept)], "\n")+"\n"))
}

func (m Memory) keys() []string {
	if m == "" {
		return nil
	}
	data, _ := os.ReadFile(string(m))
	return strings.Fields(string(data))
}

// mayHaveKey takes another text for a key now and then, and misses none.
func mayHaveKey(text []byte, key string) bool {
	for {
		_, after, found := bytes.Cut(text, []byte(key))
		if !found {
			return false
		}
		if bytes.HasPrefix(bytes.TrimLeft(after, "\"' \t\r\n"), []byte(":")) {
			return true
		}
		text = after
	}
}
