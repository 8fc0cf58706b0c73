package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"

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

func TestTheREADMENamesEveryCommandAndFlag(t *testing.T) {
	t.Parallel()
	for _, c := range plugin().Commands {
		if !strings.Contains(readme, "mage minio:"+c.Name) {
			t.Errorf("minio:%s is missing", c.Name)
		}
		for _, f := range c.Flags {
			if !strings.Contains(readme, "-"+f.Name) {
				t.Errorf("-%s of minio:%s is missing", f.Name, c.Name)
			}
		}
	}
}

// TestTheREADMEShowsRealOutput types what the document types, in its order; all
// but the times has to be the same.
func TestTheREADMEShowsRealOutput(t *testing.T) {
	t.Parallel()
	values := server(t)
	client := clientOf(t, values)
	if err := createBuckets(t.Context(), client, []bucket{{"archive", true}, {"uploads", false}}, runOf(t, values), false); err != nil {
		t.Fatal(err)
	}
	put(t, client, "uploads", "site/old.html", "old old", minio.PutObjectOptions{})
	put(t, client, "uploads", "site/img/logo.svg", strings.Repeat("y", 1331), minio.PutObjectOptions{})
	here := t.TempDir()
	write(t, here, map[string]string{"assets/index.html": strings.Repeat("x", 5120), "assets/img/logo.svg": strings.Repeat("y", 1331)})

	block := regexp.MustCompile("(?s)```console\n\\$ (.*?)```").FindStringSubmatch(readme)
	if block == nil {
		t.Fatal("there is no block of commands")
	}
	for example := range strings.SplitSeq(block[1], "\n$ ") {
		line, want, _ := strings.Cut(example, "\n")
		end, err := sdktest.Command(t.Context(), t, plugin(), typed(line, here), values)
		if err != nil || end.Code != 0 {
			t.Fatalf("$ %s: %d, %v, %v", line, end.Code, end.Diagnostics, err)
		}
		got, want := timestamp.ReplaceAllString(end.Stdout(), "TIME"), timestamp.ReplaceAllString(want, "TIME")
		if strings.TrimSuffix(got, "\n") != strings.TrimSuffix(want, "\n") {
			t.Errorf("$ %s\n%s\nand not\n%s", line, got, want)
		}
	}
}

// typed reads a command line of the document, in a directory.
func typed(line, directory string) sdktest.Typed {
	words := strings.Fields(strings.TrimPrefix(line, "mage minio:"))
	result := sdktest.Typed{Command: words[0], Flags: map[string]string{}, Dir: directory}
	for _, word := range words[1:] {
		if flag, ok := strings.CutPrefix(word, "-"); ok {
			result.Flags[flag] = "true"
		} else {
			result.Arguments = append(result.Arguments, word)
		}
	}
	return result
}
