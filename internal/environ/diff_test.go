package environ

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/dotenv/dotenvtest"
)

func TestDiffTellsValuesAndOfSecretsThatTheyDiffer(t *testing.T) {
	template, err := ParseTemplate("t", "# [secret]\nHIDDEN=\n")
	must(t, err)
	a := Environment{"local", "env/.env.local", dotenv.Parse("SAME=1\nPORT=5432\nGONE=1\nHIDDEN=canary-aaaa\nDB_PASSWORD=canary-bbbb\nDATABASE_URL=pg://u:${DB_PASSWORD}@h\nMIRROR=canary-aaaa\nBARE\nQUOTED='x'\n")}
	b := Environment{"dev", "env/.env.dev", dotenv.Parse("SAME=1 # note\nPORT=5433\nNEW=1\nHIDDEN=canary-cccc\nDB_PASSWORD=canary-dddd\nDATABASE_URL=pg://u:${DB_PASSWORD}@h\nMIRROR=x\nBARE=\nQUOTED=x\nNEED=${NOT:?hint}\n")}
	list := Diff(a, b, SecretsOf(template, nil, a, b))
	text, err := json.MarshalIndent(list, "", " ")
	must(t, err)
	golden(t, "diff.golden", string(text)+"\n")
	if strings.Contains(string(text), "canary") {
		t.Error("a secret shows")
	}
}

func TestDiffOfAFileWithItselfIsEmptyAndTurnedRoundItIsTurnedRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Environment{Name: "a", Document: dotenv.Parse(dotenvtest.Text().Draw(t, "a"))}
		b := Environment{Name: "b", Document: dotenv.Parse(dotenvtest.Text().Draw(t, "b"))}
		if list := Diff(a, a, Secrets{}); len(list) > 0 {
			t.Fatalf("%q differs from itself: %v", a.Document, list)
		}
		turned := Diff(b, a, Secrets{})
		for i, d := range turned {
			turned[i].A, turned[i].B = d.B, d.A
			turned[i].Kind = map[string]string{"added": "removed", "removed": "added", "different": "different"}[d.Kind]
		}
		if list := Diff(a, b, Secrets{}); !slices.Equal(list, turned) {
			t.Fatalf("%v, turned round %v", list, turned)
		}
	})
}

func TestThePasswordOfAURLIsFound(t *testing.T) {
	for value, want := range map[string]string{
		"pg://u:pw@h/db": "pw", "redis://:pw@h": "pw", "pg://u:p%40w@h": "p@w", "pg://u:a/b@h": "a/b", "pg://u:a@b@h": "a@b",
		"https://h/@user": "", "http://h:3000/@x": "", "u:p@h": "", "pg://u@h": "", "": "",
	} {
		same(t, "the password of "+value, PasswordOf(value), want)
	}
}

func TestTheKnownWordsAreSorted(t *testing.T) {
	same(t, "sorted", slices.IsSorted(knownWords), true)
	for value, want := range map[string]bool{"Change-Me!": true, "<password>": true, "your-password-here": true, "CHANGE_ME_please": true, "xxxx": true, "correct horse": false, "kJ8sGx72bbQ": false} {
		same(t, value, IsKnownWord(value), want)
	}
}
