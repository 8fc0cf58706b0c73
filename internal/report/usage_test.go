package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/report"
)

func TestNumbersOfAUsageTableStandBelowEachOther(t *testing.T) {
	var out bytes.Buffer
	err := report.UsageTable(&out, report.Options{Width: 81}, []report.Usage{
		{ServiceLabel: "api-1", CPUPercent: 187.34, MemoryBytes: 46 << 20, MemoryLimit: 1 << 30, NetworkIn: 1500, NetworkOut: 12, DiskRead: 0, DiskWritten: 3_200_000, Processes: 12},
		{ServiceLabel: "postgres", MemoryBytes: 900},
	})
	want := "SERVICE      CPU  MEMORY  LIMIT  MEM %  NET IN  NET OUT  DISK READ  WRITTEN  PIDS\n" +
		"api-1     187.3%  46 MiB  1 GiB   4.5%  1.5 kB     12 B        0 B   3.2 MB    12\n" +
		"postgres    0.0%   900 B    0 B            0 B      0 B        0 B      0 B     0\n"
	if err != nil || out.String() != want {
		t.Errorf("%v\ngot\n%swant\n%s", err, out.String(), want)
	}
}

func TestAUsageTableLeavesOutItsLastColumnsOnANarrowTerminal(t *testing.T) {
	rows := []report.Usage{{ServiceLabel: "a-long-name-of-a-service", CPUPercent: 1, MemoryBytes: 46 << 20, MemoryLimit: 1 << 30}}
	for width := 20; width < 120; width++ {
		var out bytes.Buffer
		if err := report.UsageTable(&out, report.Options{Width: width}, rows); err != nil {
			t.Fatal(err)
		}
		header, row, _ := strings.Cut(out.String(), "\n")
		if row = strings.TrimSuffix(row, "\n"); wideColumns(header) > width || wideColumns(row) > width || !strings.Contains(row, "1.0%") {
			t.Errorf("on %d columns:\n%s", width, out.String())
		}
		if width == 80 && (!strings.Contains(header, "NET IN") || strings.Contains(header, "PIDS")) {
			t.Errorf("on 80 columns:\n%s", out.String())
		}
	}
}
