package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

func TestTheREADMEListsTheVariables(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	for _, v := range variables() {
		fmt.Fprintf(&rows, "| `%s` | `%s` | %s |\n", v.Name, v.Default, v.Summary)
	}
	want := strings.ReplaceAll(rows.String(), "| `` |", "| |")
	if !strings.Contains(readme, "|---|---|---|\n"+want+"\n") {
		t.Errorf("the table of variables is to be\n%s", want)
	}
}

// expectREADME types what the document types, in its order; all but the times
// has to be the same.
func expectREADME(t *testing.T, values sdk.Values) {
	t.Helper()
	_, block, found := strings.Cut(readme, "```console\n$ ")
	block, _, ended := strings.Cut(block, "```")
	if !found || !ended {
		t.Fatal("there is no block of commands")
	}
	for example := range strings.SplitSeq(block, "\n$ ") {
		line, want, _ := strings.Cut(example, "\n")
		words := strings.Fields(strings.TrimPrefix(line, "mage milvus:"))
		typed := sdktest.Typed{Command: words[0], Flags: map[string]string{}}
		for _, flag := range words[1:] {
			name, value, _ := strings.Cut(strings.TrimPrefix(flag, "-"), "=")
			typed.Flags[name] = value
		}
		end, err := sdktest.Command(t.Context(), t, plugin(), typed, values)
		got, want := timestamp.ReplaceAllString(end.Stdout(), "TIME"), timestamp.ReplaceAllString(want, "TIME")
		if err != nil || end.Code != 0 || strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("$ %s\n%s%v %v\nand not\n%s", line, got, end.Diagnostics, err, want)
		}
	}
}
