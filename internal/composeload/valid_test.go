package composeload

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func keyOf(text string, environ map[string]string) string {
	return key("schema", []byte(text), func(name string) (string, bool) {
		value, ok := environ[name]
		return value, ok
	})
}

func TestAKeyIsOfTheTextAndOfTheVariablesInIt(t *testing.T) {
	const text = "a: $A\nb: ${B:-${C?}}\nc: $${D}\nend: ${_E1"
	base := map[string]string{"A": "1", "B": "", "other": "x"}
	same := keyOf(text, base)
	if same != keyOf(text, map[string]string{"A": "1", "B": "", "other": "y", "more": "z"}) {
		t.Error("a variable that is not in the text makes another key")
	}
	for name, environ := range map[string]map[string]string{
		"another value":            {"A": "2", "B": ""},
		"unset, which is no empty": {"A": "1"},
		"one in a default":         {"A": "1", "B": "", "C": "c"},
		"one that is escaped":      {"A": "1", "B": "", "D": "d"},
		"one at the end":           {"A": "1", "B": "", "_E1": "e"},
		"values that swap places":  {"A": "", "B": "1"},
	} {
		if keyOf(text, environ) == same {
			t.Errorf("%s makes the same key", name)
		}
	}
	if keyOf(text+" ", base) == same || key("another", []byte(text), func(string) (string, bool) { return "", false }) == keyOf(text, nil) {
		t.Error("another text or another schema makes the same key")
	}
}

func TestTheLatestKeysAreRemembered(t *testing.T) {
	m := Memory(filepath.Join(t.TempDir(), "new", "valid"))
	if m.has("k0") {
		t.Error("something is remembered before anything was")
	}
	for i := range kept + 2 {
		m.add(fmt.Sprintf("k%d", i))
		m.add("again")
	}
	for k, want := range map[string]bool{"again": true, "k65": true, "k3": true, "k2": false, "k": false} {
		if m.has(k) != want {
			t.Errorf("%s remembered: %t, want %t", k, !want, want)
		}
	}
	if info, err := os.Stat(string(m)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: want its user's alone", info, err)
	}
	data, _ := os.ReadFile(string(m))
	if n := strings.Count(string(data), "\n"); n != kept {
		t.Errorf("%d lines, want %d", n, kept)
	}
}

func TestNothingIsRememberedWithoutAFile(t *testing.T) {
	var none Memory
	none.add("k")
	if none.has("k") {
		t.Error("remembered")
	}
}

func TestTheSameTextInOtherFilesIsAnotherModel(t *testing.T) {
	dir := t.TempDir()
	write := func(texts ...string) (files []string) {
		for i, text := range texts {
			files = append(files, filepath.Join(dir, fmt.Sprint(i)))
			if err := os.WriteFile(files[i], []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return files
	}
	m := Memory(filepath.Join(dir, "valid"))
	_, found := m.Known(write("a: 1\n", "b: 1\n"), nil, nil)
	found()
	if with, _ := m.Known(write("a: 1\n", "b: 1\n"), nil, nil); len(with) == 0 {
		t.Error("what was valid is validated")
	}
	if with, _ := m.Known(write("a: 1\n\nb: 1\n", ""), nil, nil); len(with) != 0 {
		t.Error("other files are not validated")
	}
}

func TestOneValueOfAChosenVariableIsAsValidAsAnother(t *testing.T) {
	t.Parallel()
	m, file := Memory(filepath.Join(t.TempDir(), "valid")), filepath.Join(t.TempDir(), "compose.yml")
	if err := os.WriteFile(file, []byte("a: ${PORT}\nb: ${OTHER}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	known := func(port, other string, chosen ...string) bool {
		with, found := m.Known([]string{file}, map[string]string{"PORT": port, "OTHER": other}, chosen)
		found()
		return len(with) > 0
	}
	for _, c := range []struct {
		port, other string
		chosen      []string
		want        bool
	}{
		{"1", "x", []string{"PORT"}, false}, {"2", "x", []string{"PORT"}, true}, {"2", "y", []string{"PORT"}, false},
		{"1", "x", nil, false}, {"1", "x", nil, true}, {"2", "x", nil, false},
	} {
		if got := known(c.port, c.other, c.chosen...); got != c.want {
			t.Errorf("%+v: known %v", c, got)
		}
	}
}
