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
	a := Environment{"local", "env/.env.local", dotenv.Parse("SAME=1\nPORT=5432\nGONE=1\nHIDDEN=canary-1aaaa1\nDB_PASSWORD=canary-bbbb\nDATABASE_URL=pg://u:${DB_PASSWORD}@h\nMIRROR=canary-1aaaa1\nBARE\nQUOTED='x'\n")}
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

// DB_PASSWORD=production is no reason to hide NODE_ENV=production.
func TestAnOrdinaryWordIsASecretUnderItsOwnNameAlone(t *testing.T) {
	a := Environment{"local", "env/.env.local", dotenv.Parse("DB_PASSWORD=production\nNODE_ENV=production\nKEY_FILE=-----BEGIN PRIVATE KEY-----\nPOSTGRES_PW=shop\nSQL=\"Server=db;Password=shop;\"\n")}
	s := SecretsOf(Template{}, nil, a)
	for name, want := range map[string]bool{"DB_PASSWORD": true, "NODE_ENV": false, "POSTGRES_PW": true, "SQL": true} {
		same(t, name, s.Hides(name, a.Values(nil)[name]), want)
	}
	same(t, "the same word elsewhere", s.Show("IMAGE", "registry.example/shop/production:1"), "registry.example/shop/production:1")
}
