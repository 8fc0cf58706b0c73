package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
)

func services() []status.Service {
	ready := func(ms int64) *int64 { return &ms }
	return []status.Service{
		{Name: "api", State: status.Ready, URLs: []string{"http://127.0.0.1:8000"}, ReadyMS: ready(1900), TookMS: ready(1248), Age: "3 minutes", Containers: 3},
		{Name: "migrate", State: status.Completed, ReadyMS: ready(1100), TookMS: ready(448), Age: "3 minutes"},
		{Name: "minio", State: status.Starting, URLs: []string{"http://127.0.0.1:9000", "http://127.0.0.1:9001"}, Age: "2 seconds"},
		{Name: "postgres", State: status.Failed, URLs: []string{"postgresql://127.0.0.1:5432"},
			Detail: "exited with code 137: out of memory, killed by the kernel", Age: "1 second"},
		{Name: "redis", State: status.Absent, Detail: "no\tcontainer\x1b[31m"},
	}
}

func TestTheServiceTableIsGolden(t *testing.T) {
	var out bytes.Buffer
	for _, o := range []report.Options{{}, {Mode: report.Terminal}, {Mode: report.Terminal, Color: true}, {Width: 60}} {
		for _, withTook := range []bool{true, false} {
			o.Out = &out
			fmt.Fprintf(&out, "--- mode %d, colour %t, width %d, with took %t\n", o.Mode, o.Color, o.Width, withTook)
			if err := report.ServiceTable(o, services(), withTook); err != nil {
				t.Fatal(err)
			}
		}
	}
	golden(t, "services.txt", out.String())
}

func TestAColumnWithNothingInItIsLeftOut(t *testing.T) {
	var out bytes.Buffer
	if err := report.ServiceTable(report.Options{Out: &out}, services()[1:2], true); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "SERVICE  STATE  TOOK\nmigrate  done   448ms\n"; got != want {
		t.Errorf("table is %q, want %q", got, want)
	}
}

func TestAURLKeepsItsPortOn80Columns(t *testing.T) {
	var out bytes.Buffer
	rows := []status.Service{{Name: "a-service-with-a-long-name", State: status.Unhealthy, URLs: []string{"postgresql://127.0.0.1:54321"},
		Age: "About an hour", Detail: "its health check fails: no response"}}
	if err := report.ServiceTable(report.Options{Out: &out, Mode: report.Terminal}, rows, false); err != nil {
		t.Fatal(err)
	}
	contains(t, out.String(), "postgresql://127.0.0.1:54321")
}

func TestAURLKeepsItsPortOnAnyTerminal(t *testing.T) {
	rows := []status.Service{{Name: "a-service-with-a-long-name", State: status.Unhealthy, URLs: []string{"postgresql://127.0.0.1:54321"},
		Age: "About an hour", Detail: "its health check fails: no response"}}
	for width := 48; width <= 80; width++ {
		var out bytes.Buffer
		if err := report.ServiceTable(report.Options{Out: &out, Mode: report.Terminal, Width: width}, rows, false); err != nil {
			t.Fatal(err)
		}
		contains(t, out.String(), ":54321 ")
	}
}

func TestATableThatCannotBeWrittenIsAnError(t *testing.T) {
	if report.Table(deaf{}, report.Options{}, []string{"A"}, [][]report.Cell{{{Text: "a"}}}) == nil {
		t.Error("no error")
	}
}

func TestNoTableIsWiderThanItsTerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(30, 120).Draw(t, "width")
		cell := rapid.Custom(func(t *rapid.T) report.Cell {
			return report.Cell{Text: rapid.StringMatching(`[a-z :/\n世界\t]{0,70}`).Draw(t, "text"), Whole: rapid.Bool().Draw(t, "whole"), Last: rapid.Bool().Draw(t, "last")}
		})
		rows := rapid.SliceOf(rapid.SliceOfN(cell, 0, 3)).Draw(t, "rows")
		var out bytes.Buffer
		if err := report.Table(&out, report.Options{Width: width}, []string{"ONE", "TWO", "THREE"}, rows); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := wideColumns(strings.TrimSuffix(line, "\n")); n > width {
				t.Fatalf("%d columns on %d: %q", n, width, line)
			}
		}
	})
}

// wideColumns counts the two wide letters of the test above twice.
func wideColumns(s string) int {
	n := 0
	for _, r := range s {
		if n++; r == '世' || r == '界' {
			n++
		}
	}
	return n
}

func TestAFailedServiceIsGolden(t *testing.T) {
	code := func(n int) *int { return &n }
	var logs []string
	for i := range 25 {
		logs = append(logs, fmt.Sprintf("line %d of the log", i+1))
	}
	logs[24] = "\x1b[31mFATAL\x1b[0m: could not map anonymous shared memory: Cannot allocate memory; this error usually means that the request exceeded"
	full := status.Failure{Service: "postgres", State: status.Failed, Reason: "exited with code 137", ExitCode: code(137), OOMKilled: true,
		Health: "pg_isready: no response\n127.0.0.1:5432", Logs: logs, Hint: "raise its memory limit, then mage infra:up", NotStarted: []string{"migrate", "api"}}
	var b strings.Builder
	for _, o := range []report.Options{{}, {Mode: report.Terminal}} {
		b.WriteString(report.FailureText(o, full))
		b.WriteString(report.FailureText(o, status.Failure{Service: "api", State: status.Failed, Reason: "exited with code 127", ExitCode: code(127), Logs: []string{"sh: api: not found"}}))
		b.WriteString(report.FailureText(o, status.Failure{Service: "kafka", State: status.Unhealthy}))
		b.WriteString(report.FailureText(o, status.Failure{Service: "mail", State: status.Failed, NoLog: "none"}))
	}
	golden(t, "failures.txt", b.String())
}

func TestAFailedServiceGivesGitHubNoCommands(t *testing.T) {
	var err bytes.Buffer
	report.FailureBlock(report.Options{Mode: report.GitHub, Err: &err},
		status.Failure{Service: "api", Reason: "x\n::error::y", Health: "::stop-commands::z", Logs: []string{"::add-mask::a", "##[error]b"}})
	for line := range strings.Lines(err.String()) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
			t.Errorf("a command: %q", line)
		}
	}
}
