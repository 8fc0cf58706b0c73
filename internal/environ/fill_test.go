package environ

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	compose "github.com/compose-spec/compose-go/v2/dotenv"
	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/dotenv/dotenvtest"
)

func TestATemplateIsFilledAsItsGoldenSays(t *testing.T) {
	template, err := ParseTemplate("env.example", read(t, "testdata/env.example"))
	must(t, err)
	filled, err := template.Fill(&endless{})
	must(t, err)
	golden(t, "filled.golden", filled.Reveal())
}

func TestGeneratedValuesHaveTheirLengthAndOnlySafeCharacters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.IntRange(1, maxGenerate).Draw(t, "length")
		value, err := generate(rand.Reader, length)
		if err != nil || len(value.Reveal()) != length || !onlyAlphabet(value.Reveal()) {
			t.Fatalf("length %d, error %v", len(value.Reveal()), err)
		}
	})
}

func TestEveryCharacterIsEquallyLikely(t *testing.T) {
	value, err := generate(&endless{}, 4*len(alphabet)) // every byte once
	must(t, err)
	for _, r := range alphabet {
		same(t, string(r), strings.Count(value.Reveal(), string(r)), 4)
	}
}

func TestFillingChangesTheGeneratedVariablesAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.TrimLeft(dotenvtest.Text().Draw(t, "text"), dotenv.ByteOrderMark)
		template, err := ParseTemplate("t", text)
		if err != nil {
			return
		}
		filled, err := template.Fill(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		before, after := dotenv.Parse(text).Entries, dotenv.Parse(filled.Reveal()).Entries
		if len(before) != len(after) {
			t.Fatalf("%q became %q", text, filled.Reveal())
		}
		for i := range before {
			v, _ := template.Variable(before[i].Name)
			if v.Generate == 0 {
				if before[i].Text != after[i].Text {
					t.Fatalf("%q became %q", before[i].Text, after[i].Text)
				}
				continue
			}
			values, err := compose.Parse(strings.NewReader(after[i].Text))
			if err != nil || len(values[v.Name]) != v.Generate || !onlyAlphabet(values[v.Name]) {
				t.Fatalf("%q became %q: %v", before[i].Text, after[i].Text, err)
			}
		}
	})
}

func TestAFailingSourceOfRandomnessFailsTheFilling(t *testing.T) {
	template, err := ParseTemplate("t", "# [generate 9]\nA=\n")
	must(t, err)
	broken := errors.New("no entropy")
	if _, err = template.Fill(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
}

func TestASecretOfATemplateDoesNotPrint(t *testing.T) {
	template, err := ParseTemplate("t", "# [generate 9]\nA=\n")
	must(t, err)
	filled, err := template.Fill(rand.Reader)
	must(t, err)
	same(t, "the printed text", filled.String(), "****")
}
