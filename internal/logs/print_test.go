package logs_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/logs"
)

var services = []string{"api", "api-gateway", "postgres"}

func TestPrefixesAreAligned(t *testing.T) {
	var out bytes.Buffer
	p := logs.NewPrinter(&out, services, []string{"api-1", "api-2", "postgres"}, false)
	err := p.Print([]logs.Line{{Source: "api-1", Text: "hello"}, {Source: "postgres", Text: ""}, {Source: "api-2", Text: "\x1b[31mred\x1b[0m"}})
	want := "api-1    | hello\npostgres | \napi-2    | \x1b[31mred\x1b[0m\n"
	if err != nil || out.String() != want {
		t.Errorf("%v\ngot  %q\nwant %q", err, out.String(), want)
	}
}

func TestAServiceHasOneColourInAllItsReplicasWhateverElseIsShown(t *testing.T) {
	prefix := func(source string, sources ...string) string {
		var out bytes.Buffer
		if err := logs.NewPrinter(&out, services, sources, true).Print([]logs.Line{{Source: source, Text: "x"}}); err != nil {
			t.Fatal(err)
		}
		return regexp.MustCompile(`^\x1b\[(\d+)m`).FindStringSubmatch(out.String())[1]
	}
	api := prefix("api-1", "api-1", "api-2", "postgres")
	if other := prefix("api-2", "api-2"); other != api {
		t.Errorf("api-1 is %s, api-2 is %s", api, other)
	}
	if gateway := prefix("api-gateway-1", "api-gateway-1"); gateway == api {
		t.Errorf("api-gateway has the colour of api, %s", gateway)
	}
}

func TestColoursOfALineAreLeftAsideWhenItIsMatched(t *testing.T) {
	matches := logs.Matcher(regexp.MustCompile(`^ERROR: disk`))
	if !matches(logs.Line{Text: "\x1b[1;31mERROR\x1b[0m: disk full"}) {
		t.Error("a coloured line does not match")
	}
	if matches(logs.Line{Text: "no ERROR: disk"}) {
		t.Error("a line matches that should not")
	}
	if !logs.Matcher(nil)(logs.Line{}) {
		t.Error("without an expression every line matches")
	}
}

func TestWhatIsMaskedIsNotPrinted(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := logs.NewPrinter(&out, []string{"api"}, []string{"api"}, false)
	p.Mask = func(text string) string { return strings.ReplaceAll(text, "k3x9qpw2mzt1", "****") }
	if err := p.Print([]logs.Line{{Source: "api", Text: "token k3x9qpw2mzt1"}}); err != nil || out.String() != "api | token ****\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}
