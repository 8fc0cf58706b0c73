package junit_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/junit"
)

// reader is junitparser, the Python library that GitHub actions and pipelines use.
const reader = `
import json, sys
from junitparser import JUnitXml
xml = JUnitXml.fromfile(sys.argv[1])
print(json.dumps({
    "tests": xml.tests, "failures": xml.failures, "errors": xml.errors, "skipped": xml.skipped, "time": xml.time,
    "suites": [{"name": s.name, "tests": s.tests, "timestamp": s.timestamp, "cases": [
        [c.classname, c.name, c.time, [[type(r).__name__, r.message, r.text] for r in c.result]] for c in s]} for s in xml],
}))
`

func TestARealReaderReadsWhatWasWritten(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/usr/bin/python3"); err != nil {
		t.Fatal("this test needs Debian's python3-junitparser (scripts/test.sh installs it)")
	}
	path := filepath.Join(t.TempDir(), "junit.xml")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	err = junit.Write(file, []junit.Suite{
		{Name: "unit:go", Began: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Took: 1500 * time.Millisecond, Cases: []junit.Case{
			{Class: "example.com/shop", Name: "TestA/b <&>\"'", Took: 250 * time.Millisecond},
			{Class: "example.com/shop", Name: "TestB", Failure: &junit.Detail{Message: "got \x1b[31m1\x1b[0m,\nwant 2", Text: "line \x00 one\n\x1b[1mline\x1b[0m ]]> two \xff\n"}},
		}},
		{Name: "build", Cases: []junit.Case{{Class: "build", Name: "build", Skipped: "unit:go failed"}}},
		{Name: "lint", Cases: []junit.Case{{Class: "lint", Name: "lint", Error: &junit.Detail{Message: "canceled after 2s: interrupted"}}}},
	})
	if err != nil || file.Close() != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", reader, path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const want = `{"tests": 4, "failures": 1, "errors": 1, "skipped": 1, "time": 1.5, "suites": [
		{"name": "unit:go", "tests": 2, "timestamp": "2026-01-02T03:04:05", "cases": [
			["example.com/shop", "TestA/b <&>\"'", 0.25, []],
			["example.com/shop", "TestB", 0, [["Failure", "got 1,\nwant 2", "line � one\nline ]]> two �\n"]]]]},
		{"name": "build", "tests": 1, "timestamp": null, "cases": [
			["build", "build", 0, [["Skipped", "unit:go failed", null]]]]},
		{"name": "lint", "tests": 1, "timestamp": null, "cases": [
			["lint", "lint", 0, [["Error", "canceled after 2s: interrupted", null]]]]}]}`
	var got, wanted any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, wanted) {
		t.Errorf("read\n%s\nwant\n%s", out, want)
	}
}
