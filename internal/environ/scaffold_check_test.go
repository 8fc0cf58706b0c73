package environ_test

import (
	"slices"
	"testing"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/envcheck"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/finding"
)

func TestScaffoldedValuesPassTheirOwnTypes(t *testing.T) {
	document, _, err := environ.ScaffoldTemplate(dotenv.Document{}, environ.ScaffoldUses(), nil)
	if err != nil {
		t.Fatal(err)
	}
	template, err := environ.ParseTemplate("t", document.String())
	if err != nil {
		t.Fatal(err)
	}
	findings := envcheck.Check(envcheck.Input{Environment: environ.Environment{Name: "local", File: "f", Document: document}, Template: template, Uses: environ.ScaffoldUses()})
	for _, code := range []string{envcheck.CodeType, envcheck.CodeUndeclared, envcheck.CodeUnused, envcheck.CodeWeakSecret, envcheck.CodeTwoReaders} {
		if i := slices.IndexFunc(findings, func(f finding.Finding) bool {
			return f.Code == code && f.Variable != "NEO4J_PLUGINS" && f.Variable != "NESTED"
		}); i >= 0 {
			t.Errorf("%+v", findings[i])
		}
	}
}
