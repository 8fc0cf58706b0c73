package finding_test

import (
	"fmt"
	"testing"

	"github.com/infinitescribe/spellbook/internal/finding"
)

func TestFindingsAreSortedByPlaceEachOnce(t *testing.T) {
	first := finding.Finding{Severity: finding.Error, Code: "type", File: "a", Message: "x"}
	second := finding.Finding{Severity: finding.Warning, Code: "mode", File: "b", Line: 2}
	third := finding.Finding{Severity: finding.Warning, Code: "type", File: "b", Line: 2}
	got := finding.Sort([]finding.Finding{third, first, second, first})
	if want := []finding.Finding{first, second, third}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v", got)
	}
	if finding.Count(got, finding.Warning) != 2 || !finding.HasErrors(got) || finding.HasErrors(got[1:]) {
		t.Error("miscounted")
	}
	if first.Place() != "a" || third.Place() != "b:2" {
		t.Errorf("places %s and %s", first.Place(), third.Place())
	}
}
