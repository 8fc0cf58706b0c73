package govulncheck_test

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/sbom/govulncheck"
)

// The files in testdata are what govulncheck v1.9.0 wrote: found.json of a tiny
// module with a database of two invented vulnerabilities, no-database.json
// without a network.
func recorded(t *testing.T, name string) govulncheck.Result {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	result, err := govulncheck.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestAVulnerabilityIsTheWorstThatIsToldOfIt(t *testing.T) {
	got := recorded(t, "found.json")
	want := govulncheck.Result{Scanner: "v1.9.0", DB: "file:///database", Loaded: true, Dated: true, Findings: []govulncheck.Finding{
		{ID: "GO-2026-9001", Summary: "An invented one in paper", Module: "example.com/paper", Found: "v1.2.0", Fixed: "v1.2.1",
			Use: govulncheck.Called, Trace: "scribe.write (main.go:4) → paper.Fold"},
		{ID: "GO-2026-9002", Summary: "An invented one in ink", Module: "example.com/ink", Found: "v0.3.0", Use: govulncheck.Imported},
	}}
	if !reflect.DeepEqual(got, want) || got.Called() != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestTheShortestTraceIsShownWhateverTheOrder(t *testing.T) {
	long := `{"finding":{"osv":"A","trace":[{"module":"m","package":"m/p","function":"F","receiver":"*T"},{"module":"n","function":"G"},{"module":"x","package":"x/y","function":"H","position":{"filename":"h.go","line":7}}]}}`
	short := `{"finding":{"osv":"A","trace":[{"module":"m","package":"m/p","function":"F"},{"module":"x","package":"x","function":"main"}]}}`
	for text, want := range map[string]string{long: "y.H (h.go:7) → … → p.T.F", long + short: "x.main → p.F", short + long: "x.main → p.F"} {
		got, err := govulncheck.Parse(strings.NewReader(text))
		if err != nil || len(got.Findings) != 1 || got.Findings[0].Trace != want {
			t.Errorf("got %+v, %v; want %s", got, err, want)
		}
	}
}

func TestThePasswordOfADatabaseIsNotShown(t *testing.T) {
	got, err := govulncheck.Parse(strings.NewReader(`{"config":{"db":"https://me:secret@example.com/db"}}`))
	if err != nil || got.DB != "https://me:xxxxx@example.com/db" {
		t.Errorf("got %q, %v", got.DB, err)
	}
}

func TestTheCommandNamesTheDirectoryAndTheDatabase(t *testing.T) {
	got := strings.Join(govulncheck.Argv([]string{"go", "tool", "govulncheck"}, "apps/backend", "file:///db"), " ")
	if got != "go tool govulncheck -C apps/backend -format json -db file:///db ./..." {
		t.Error(got)
	}
	if got := strings.Join(govulncheck.Argv([]string{"govulncheck"}, ".", ""), " "); got != "govulncheck -C . -format json ./..." {
		t.Error(got)
	}
}

func TestAFailedScanIsExplainedByHowFarItCame(t *testing.T) {
	for _, c := range []struct {
		result     govulncheck.Result
		said       string
		want, hint string
	}{
		{recorded(t, "no-database.json"), "govulncheck: fetching vulnerabilities: no such host", "the vulnerability database https://vuln.go.dev does not answer", "GOVULNDB=https://… or GOVULNDB=file:///…"},
		{govulncheck.Result{Scanner: "v1.9.0", Dated: true}, "govulncheck: loading packages: \n\nmain.go:2:15: undefined: a\n", "the packages of apps/x cannot be loaded", "go build ./... in apps/x"},
		{govulncheck.Result{}, "creating client: stat /nodb: no such file or directory", "what GOVULNDB names is no vulnerability database, or does not answer", "index/modules.json"},
		{govulncheck.Result{}, "go: golang.org/x/vuln: no such host", "govulncheck failed in apps/x", "go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 -C apps/x ./..."},
	} {
		err := govulncheck.Explain("apps/x", c.result, c.said)
		if err.Code != failure.Preflight || err.Message != c.want || !strings.Contains(err.Hint, c.hint) || len(err.Details) == 0 {
			t.Errorf("got %v", err)
		}
	}
}

// Whatever a scanner writes, its findings have a use, and only those that are
// called a trace.
func FuzzAnyOutputIsFindingsOrAnError(f *testing.F) {
	f.Add(`{"config":{"scanner_version":"v1"}}{"finding":{"osv":"A","trace":[{"module":"m"}]}}`)
	f.Add(`{"finding":{"osv":"A","trace":[{"function":"F"},{"module":"x","position":{"line":-1}}]}}{"osv":{"id":"A"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		result, err := govulncheck.Parse(strings.NewReader(text))
		if err != nil && len(result.Findings) > 0 {
			t.Errorf("findings beside %v", err)
		}
		for _, one := range result.Findings {
			if one.Use == "" || (one.Trace != "") != (one.Use == govulncheck.Called) {
				t.Errorf("%q: %+v", text, one)
			}
		}
	})
}
