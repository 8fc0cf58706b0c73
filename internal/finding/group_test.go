package finding_test

import (
	"fmt"
	"testing"

	"github.com/infinitescribe/spellbook/internal/finding"
)

func TestWhatIsSaidOfManyVariablesIsOneFinding(t *testing.T) {
	t.Parallel()
	of := func(s finding.Severity, name string, line int) finding.Finding {
		return finding.Finding{Severity: s, Code: "missing", File: ".env", Line: line, Variable: name, Message: name + " is not in this file", Remedy: "mage env:set " + name + "=…"}
	}
	var list []finding.Finding
	for i := range 380 {
		list = append(list, of(finding.Warning, fmt.Sprintf("V%d", i), i))
	}
	other := finding.Finding{Severity: finding.Warning, Code: "mode", File: ".env", Message: "others may read it", Remedy: "chmod 600 .env"}
	list = append(list, other, of(finding.Error, "TOKEN", 400))
	got := finding.Grouped(list)
	if len(got) != 3 || got[0].Variable != "TOKEN" || got[1] != other {
		t.Fatalf("got %+v", got)
	}
	if want := "V0 is not in this file; likewise 379 more: V1, V2, V3, V4, …"; got[2].Message != want {
		t.Errorf("got %q, want %q", got[2].Message, want)
	}
}

func TestAFewAreToldOneByOneInTheirOrder(t *testing.T) {
	t.Parallel()
	list := []finding.Finding{{Severity: finding.Warning, Variable: "A", Message: "A x"}, {Severity: finding.Error, Variable: "B", Message: "B x"}, {Severity: finding.Warning, Variable: "C", Message: "C x"}}
	if got := finding.Grouped(list); len(got) != 3 || got[0] != list[0] || got[2] != list[2] {
		t.Errorf("got %+v", got)
	}
}
