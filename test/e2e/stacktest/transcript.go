package stacktest

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Update is -update.
var Update = flag.Bool("update", false, "write the golden transcripts anew")

// volatile is what changes from run to run.
var volatile = []struct {
	pattern *regexp.Regexp
	by      string
}{
	{regexp.MustCompile(`\d\d:\d\d:\d\d\.\d{3}`), "HH:MM:SS.mmm"},
	{regexp.MustCompile(`\bsince \d\d:\d\d:\d\d\b`), "since HH:MM:SS"},
	// What is only said where it lasts.
	{regexp.MustCompile(`(?m)^HH:MM:SS\.mmm  (still .*|\S+  (\d+/\d+ |fetching |sending |asking for |exporting |loading |starting the b|waiting for ).*)\n`), ""},
	{regexp.MustCompile(`\b\d+(\.\d+)?(ms|s)\b`), "T"},
	{regexp.MustCompile(`\b(\d+|a|an|About an?|Less than a) (seconds?|minutes?)\b`), "T ago"},
	{regexp.MustCompile(`127\.0\.0\.1:\d{4,5}`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`(_PORT: )\d+ → \d+`), "${1}PORT → PORT"},
	{regexp.MustCompile(`\bpid \d+\b`), "pid PID"},
	{regexp.MustCompile(`\b(sha256:)?[0-9a-f]{12,64}\b`), "HASH"},
	{regexp.MustCompile(` \(health: starting\)`), ""},             // or not yet, or no longer
	{regexp.MustCompile(`(\.spellbook +)[\d.]+ k?B`), "${1}SIZE"}, // paths are remembered there
	{regexp.MustCompile(`─{3,}`), "───"},
	{regexp.MustCompile(`(\S) {2,}`), "$1  "},
	{regexp.MustCompile(`(?m)[ ]+$`), ""},
}

// Hide has a text, which is another each time, as by in transcripts.
func (s *Stack) Hide(text, by string) { s.hidden = append(s.hidden, text, by) }

// Shows compares all that a user sees of a call, and its exit code, with the
// section of that name in the test's golden transcript, a txtar archive.
func (s *Stack) Shows(call string, r Result) Result {
	s.T.Helper()
	text := r.All()
	if r.Code != failure.OK {
		text += fmt.Sprintf("exit code %d\n", r.Code)
	}
	text = strings.NewReplacer(append(s.hidden, s.Dir, "DIR", s.Name, "PROJECT")...).Replace(text)
	for _, v := range volatile {
		text = v.pattern.ReplaceAllString(text, v.by)
	}
	path := filepath.Join("testdata", strings.ReplaceAll(s.T.Name(), "/", "-")+".txtar")
	if *Update {
		record(s.T, path, call, text)
	}
	if want, err := section(path, call); err != nil {
		s.T.Errorf("%v (-update writes it)\n--- got\n%s", err, text)
	} else if text != want {
		s.T.Errorf("%s in %s differs\n--- got\n%s\n--- want\n%s", call, path, text, want)
	}
	return r
}

// recorded are the archives that this process has begun anew.
var recorded sync.Map

// record puts a section at the end of an archive.
func record(t *testing.T, path, call, text string) {
	t.Helper()
	var before []byte
	if _, begun := recorded.LoadOrStore(path, true); begun {
		before, _ = os.ReadFile(path)
	}
	text = fmt.Sprintf("%s-- %s --\n%s", before, call, text)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

var heading = regexp.MustCompile(`(?m)^-- (.+) --\n`)

// section is the text below a heading of an archive.
func section(path, name string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	places := heading.FindAllSubmatchIndex(text, -1)
	for i, at := range places {
		if string(text[at[2]:at[3]]) != name {
			continue
		}
		end := len(text)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		return string(text[at[1]:end]), nil
	}
	return "", fmt.Errorf("%s has no section %q", path, name)
}
