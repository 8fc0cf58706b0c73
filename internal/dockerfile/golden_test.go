package dockerfile

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs, got:\n%s", path, got)
	}
}

func read(t *testing.T, file string) *File {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	f, err := Parse(file, text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func parsed(t *testing.T, text string) *File {
	t.Helper()
	f, err := Parse("Dockerfile", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// refs are the bases as "REF" or "REF for PLATFORM", or the error.
func refs(f *File, o Options) string {
	bases, err := f.Bases(o)
	if err != nil {
		return err.Error()
	}
	var list []string
	for _, b := range bases {
		if b.Platform != "" {
			b.Ref += " for " + b.Platform
		}
		list = append(list, b.Ref)
	}
	return strings.Join(list, ", ")
}

func TestADockerfileSaysWhatABuildOfItComesFrom(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"multi", "odd", "windows", "python"} {
		f := read(t, name+".Dockerfile")
		var b strings.Builder
		fmt.Fprintf(&b, "syntax    %q\nstages    %q\ndeclared  %q\n", f.Frontend(Options{}), f.Stages(), f.Declared())
		for i, stage := range append(f.Stages(), "") {
			if stage == "" && i < len(f.Stages()) {
				continue
			}
			o := Options{Target: stage, Host: "linux/amd64", Platform: "linux/arm64"}
			bases, err := f.Bases(o)
			if err != nil {
				t.Fatal(err)
			}
			remote, err := f.Remote(o)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "target %q  remote %q\n", stage, remote)
			for _, base := range bases {
				fmt.Fprintf(&b, "  %s  %s  line %d, stage %q\n", base.Ref, base.Platform, base.Line, base.Stage)
			}
		}
		golden(t, name+".golden", b.String())
	}
}

func TestAMistakeIsToldWithItsLineAndAHint(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, text := range []string{
		"", "# nothing but a comment\n", "ARG A=1\n", "RUN true\nFROM a\n",
		"FROM a\nRUM true\n", "FROM a\nRUN a\n  && b\n", "FROM a b\n", "FROM a AS 1\n",
		"FROM a\nCOPY <<E /f\ntext\n", "FROM a\nCOPY --form=b /a /b\n", "FROM a\nCOPY a\n", "# escape=x\nFROM a\n",
		"FROM a\nRUN --mount=from=$B true\n", "FROM a\nONBUILD NONSENSE\n", "FROM a\nENV\n", "FROM a\nHEALTHCHECK MAYBE\n",
	} {
		_, err := Parse("app/Dockerfile", []byte(text))
		var told *failure.Error
		if !errors.As(err, &told) || told.Code != failure.Preflight || told.Hint == "" {
			t.Errorf("%q: no preflight failure with a hint: %v", text, err)
			continue
		}
		fmt.Fprintf(&b, "%s\n", err)
	}
	golden(t, "mistakes.golden", b.String())
}

func TestAFromThatComesToNothingIsToldWithItsLineAndAHint(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, text := range []string{
		"FROM $BASE\n", "ARG BASE\nFROM $BASE\n", "FROM a\nARG BASE=b\nFROM ${BASE} AS z\n", "ARG BASE=b\nFROM $BAES\n",
		"ARG V\nFROM golang:${V}\n", "FROM a:$V-$W\n", "FROM --platform=$PLATFROM a\n", "FROM --platform=$BUILDPLATFROM a\n",
		"FROM --platform=linux/! a\n", "FROM ${A:?needed}\n", "FROM ${A\n", "ARG A=${\nFROM a\n", "FROM Golang\n", "FROM a AS Deps\nFROM Deps\n",
		"FROM a:b:c\n", "FROM a\nCOPY --from=$B /a /b\n", "FROM a\nCOPY --from=1 /a /b\n", "FROM a\nCOPY --from=0 /a /b\n",
		"FROM a\nCOPY --from=UPPER:1 /a /b\n",
		"FROM a\nFROM $UNUSED\nFROM b\n",
	} {
		_, err := parsed(t, text).Bases(Options{})
		var told *failure.Error
		if !errors.As(err, &told) || told.Code != failure.Preflight || told.Hint == "" {
			t.Errorf("%q: no preflight failure with a hint: %v", text, err)
			continue
		}
		fmt.Fprintf(&b, "%s\n", err)
	}
	golden(t, "unset.golden", b.String())
}
