package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

func TestTheREADMEListsTheVariables(t *testing.T) {
	var rows strings.Builder
	for _, v := range variables() {
		shown := "`" + v.Default + "`"
		if v.Default == "" {
			shown = ""
		}
		fmt.Fprintf(&rows, "| `%s` | %s | %s |\n", v.Name, shown, v.Summary)
	}
	want := strings.ReplaceAll(rows.String(), "|  |", "| |")
	if !strings.Contains(readme, "|---|---|---|\n"+want+"\n") {
		t.Errorf("the table of variables is to be\n%s", want)
	}
}

func TestTheREADMENamesEveryCommandAndFlag(t *testing.T) {
	for _, c := range commands() {
		if !strings.Contains(readme, "kafka:"+c.Name) {
			t.Errorf("kafka:%s is missing", c.Name)
		}
		for _, f := range c.Flags {
			if !strings.Contains(readme, "-"+f.Name) {
				t.Errorf("-%s of kafka:%s is missing", f.Name, c.Name)
			}
		}
	}
}

// TestTheREADMEShowsRealOutput types what the document types, in its order.
func TestTheREADMEShowsRealOutput(t *testing.T) {
	b := startBroker(t)
	blocks := regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(readme, -1)
	if len(blocks) == 0 {
		t.Fatal("there is no block of commands")
	}
	for _, block := range blocks {
		for example := range strings.SplitSeq(strings.TrimPrefix(block[1], "$ "), "\n$ ") {
			line, want, _ := strings.Cut(example, "\n")
			got := shown(b.typed(typedIn(t, line), b.values()))
			if got = strings.TrimSuffix(got, "\n"); got != strings.TrimSuffix(want, "\n") {
				t.Errorf("$ %s\n%s\nand not\n%s", line, got, want)
			}
		}
	}
}

// typedIn reads a command line of the document: printf 'TEXT' | mage kafka:COMMAND …
func typedIn(t *testing.T, line string) sdktest.Typed {
	t.Helper()
	input, target, ok := strings.Cut(line, "mage kafka:")
	if !ok {
		t.Fatalf("%q is no command of the plugin", line)
	}
	typed := parse(strings.ReplaceAll(target, "'", ""))
	if input != "" {
		quoted := strings.Split(input, "'")
		typed.Stdin = strings.ReplaceAll(quoted[1], `\n`, "\n")
	}
	return typed
}

// shown is what a terminal would show of a command.
func shown(ended sdktest.Ended) string {
	var out strings.Builder
	for _, e := range ended.All() {
		out.Write(e.GetOutput().GetData())
	}
	return out.String()
}
