package report

import (
	"testing"

	"github.com/infinitescribe/spellbook/internal/finding"
)

// The rules are those of the toolkit's command.ts: data and properties differ.
func TestAnAnnotationIsOneLineThatGitHubReadsBack(t *testing.T) {
	const nasty = "50%: a,b\r\n##[error]c"
	for _, c := range []struct {
		at   location
		want string
	}{
		{location{}, "::error title=50%25%3A a%2Cb%0D%0A## [error]c::50%25: a,b%0D%0A## [error]c\n"},
		{location{line: 3}, "::error title=50%25%3A a%2Cb%0D%0A## [error]c::50%25: a,b%0D%0A## [error]c\n"},
		{location{file: "a:b,%", line: 3, last: 5}, "::error file=a%3Ab%2C%25,line=3,endLine=5,title=50%25%3A a%2Cb%0D%0A## [error]c::50%25: a,b%0D%0A## [error]c\n"},
		{location{file: "a", line: 3, last: 3}, "::error file=a,line=3,title=50%25%3A a%2Cb%0D%0A## [error]c::50%25: a,b%0D%0A## [error]c\n"},
	} {
		if got := annotation("error", c.at, nasty, nasty); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

func TestAFindingIsAnnotatedWithItsSeverityCodeAndRemedy(t *testing.T) {
	f := finding.Finding{Severity: finding.Warning, Code: "type", File: "env/.env.local", Line: 5, Message: "LEVEL is 100%", Remedy: "mage env:set LEVEL=…"}
	if got, want := FindingAnnotation("sub/env/.env.local", f), "::warning file=sub/env/.env.local,line=5,title=type::LEVEL is 100%25%0A→ mage env:set LEVEL=…\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
