package stacktest

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var update = flag.Bool("update", false, "write the golden transcripts anew")

var volatile = []struct {
	pattern *regexp.Regexp
	by      string
}{
	{regexp.MustCompile(`\d\d:\d\d:\d\d\.\d{3}`), "HH:MM:SS.mmm"},
	{regexp.MustCompile(`\b\d+(\.\d+)?(ms|s)\b`), "T"},
	{regexp.MustCompile(`\b(\d+|a|an|About an?|Less than a) (seconds?|minutes?)\b`), "T ago"},
	{regexp.MustCompile(`127\.0\.0\.1:\d{4,5}`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`─{3,}`), "───"},
	{regexp.MustCompile(` {2,}`), "  "},
	{regexp.MustCompile(`(?m)[ ]+$`), ""},
}

// Transcript compares what a user sees, without what changes from run to run.
func (s *Stack) Transcript(name, text string) {
	s.T.Helper()
	text = strings.ReplaceAll(text, s.Name, "PROJECT")
	text = strings.ReplaceAll(text, s.Dir, "DIR")
	for _, v := range volatile {
		text = v.pattern.ReplaceAllString(text, v.by)
	}
	path := filepath.Join("testdata", name+".txt")
	if *update {
		_ = os.MkdirAll("testdata", 0o755)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			s.T.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		s.T.Fatalf("%v (-update writes it)", err)
	}
	if text != string(want) {
		s.T.Errorf("%s differs\n--- got\n%s\n--- want\n%s", path, text, want)
	}
}
