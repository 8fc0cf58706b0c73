package report_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/infinitescribe/spellbook/internal/report"
)

func TestTheErrorOfATargetIsAnAnnotationOnGitHubOnly(t *testing.T) {
	for mode, want := range map[report.Mode]string{
		report.GitHub: "::error title=spellbook::port 5432 is taken%0A  → POSTGRES_PORT=5433\n",
		report.Plain:  "", report.Terminal: "", report.JSON: "",
	} {
		var out bytes.Buffer
		report.Annotate(report.Options{Mode: mode, Err: &out}, errors.New("port 5432 is taken\n  → POSTGRES_PORT=5433"))
		if out.String() != want {
			t.Errorf("mode %d: got %q, want %q", mode, out.String(), want)
		}
	}
}
