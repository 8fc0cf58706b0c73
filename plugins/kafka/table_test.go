package main

import (
	"strings"
	"testing"
)

func TestATableFitsItsWidthAndNumbersStandToTheRight(t *testing.T) {
	wide := table{head: []string{"NAME", "N"}, right: []bool{false, true}, rows: [][]string{{"beginning-middle-end", "1"}, {"ü\n\x1b[2J", "100"}}}
	for width, want := range map[int]string{
		0: `NAME                    N
beginning-middle-end    1
ü\n\x1b[2J            100
`,
		20: `NAME               N
beginni…dle-end    1
ü\n\x1b[2J       100
`,
		1: `NAME        N
begi…end    1
ü\n\…[2J  100
`,
	} {
		var got strings.Builder
		if err := wide.write(&got, width); err != nil {
			t.Fatal(err)
		}
		if got.String() != want {
			t.Errorf("%d columns:\n%s\nwant\n%s", width, got.String(), want)
		}
	}
}
