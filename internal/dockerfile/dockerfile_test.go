package dockerfile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestArgumentsAreFilledInAsBuildKitDoesIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"ARG A=1\nFROM x:$A", "x:given"},
		{"ARG B=1\nARG B=2\nFROM x:$B", "x:2"},
		{"ARG B=1\nARG B\nFROM x:$B", "x:1"},
		{"ARG B=1\nARG B=${B}2\nFROM x:$B", "x:12"},
		{"ARG B=$C\nARG C=1\nFROM x:${B:-none}", "x:none"},
		{"ARG A=1 B=$A\nFROM x:$B", "x:given"},
		{"FROM x:$A", `Dockerfile:1: FROM x:$A comes to "x:": A is not set` + "\n  FROM x:$A\n  → write ARG A=… before the first FROM, and set it under build.args"},
		{"ARG S\nFROM x$S", "x:latest"},
		{"ARG V=1.26.1\nFROM x:${V%.*}", "x:1.26"},
		{"FROM x:$TARGETOS-$TARGETARCH-$BUILDARCH", "x:linux-arm-amd64"},
		{"ARG TARGETARCH=other\nFROM x:$TARGETARCH$TARGETVARIANT", "x:otherv7"},
		{"FROM --platform=$BUILDPLATFORM x", "x:latest for linux/amd64"},
		{"FROM --platform=linux/x86_64 x\nCOPY --from=y / /", "x:latest for linux/amd64, y:latest"},
		{"FROM x:${TARGETSTAGE}", "x:default"},
		{"FROM 'x:1'", "x:1"},
		{"FROM docker.io/library/x\nCOPY --from=x:latest / /", "x:latest"},
	} {
		o := Options{Args: map[string]string{"A": "given"}, Host: "linux/amd64"}
		if strings.Contains(c.text, "TARGETARCH") {
			o.Platform = "linux/arm"
			c.want += " for linux/arm/v7"
		}
		if got := refs(parsed(t, c.text), o); got != c.want {
			t.Errorf("%q: got %s, want %s", c.text, got, c.want)
		}
	}
}

func TestANamedContextTakesThePlaceOfAnImageAndOfAStage(t *testing.T) {
	t.Parallel()
	text := "FROM a AS one\nCOPY --from=deep / /\nFROM docker.io/library/b:latest AS two\nCOPY --from=one / /\nRUN --mount=from=tools,target=/t true\n"
	for name, want := range map[string]string{
		"": "a:latest, b:latest, deep:latest, tools:latest", "one": "b:latest, tools:latest", "ONE": "a:latest, b:latest, deep:latest, tools:latest",
		"b": "a:latest, deep:latest, tools:latest", "tools": "a:latest, b:latest, deep:latest", "a": "b:latest, deep:latest, tools:latest", "two": "",
		// BuildKit looks for the short name, without :latest.
		"docker.io/library/a": "a:latest, b:latest, deep:latest, tools:latest", "a:latest": "a:latest, b:latest, deep:latest, tools:latest",
	} {
		o := Options{Contexts: map[string]string{}}
		if name != "" {
			o.Contexts[name] = "/elsewhere"
		}
		if got := refs(parsed(t, text), o); got != want {
			t.Errorf("context %q: got %s, want %s", name, got, want)
		}
	}
}

func TestAnUnknownTargetIsAUsageErrorWithTheStages(t *testing.T) {
	t.Parallel()
	f := parsed(t, "FROM a AS Builder\nFROM b AS test\nFROM c\n")
	for target, want := range map[string]string{
		"bulider": "Dockerfile has no stage \"bulider\"\n  stages: builder, test\n  → did you mean builder?",
		"2":       "Dockerfile has no stage \"2\"\n  stages: builder, test\n  → a target is called by name: write FROM … AS name in line 3 of Dockerfile",
		"qqqqqqq": "Dockerfile has no stage \"qqqqqqq\"\n  stages: builder, test\n  → name one of the stages as the target, or none for the last",
	} {
		_, err := f.Bases(Options{Target: target})
		if failure.CodeOf(err) != failure.Usage || err.Error() != want {
			t.Errorf("target %s: got %v", target, err)
		}
	}
	if got := refs(f, Options{Target: "BUILDER"}); got != "a:latest" {
		t.Errorf("names of stages do not care for case, got %s", got)
	}
}

func TestAnArgumentIsDeclaredOrPredefinedOrDoesNothing(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"HTTP_PROXY": true, "no_proxy": true, "SOURCE_DATE_EPOCH": true, "BUILDKIT_INLINE_CACHE": true, "TARGETARCH": true,
		"VERSION": false, "buildkit_x": false, "": false,
	} {
		if Predefined(name) != want {
			t.Errorf("Predefined(%q) is not %v", name, want)
		}
	}
	if got := parsed(t, "ARG B\nFROM a\nARG A=1 C\nARG B\n").Declared(); !slices.Equal(got, []string{"A", "B", "C"}) {
		t.Errorf("declared are %q", got)
	}
}

func TestAnExcerptStaysInsideOfTheFile(t *testing.T) {
	t.Parallel()
	f := parsed(t, "\ufeffFROM a\r\nRUN b\r\n\r\nRUN c\n")
	for _, c := range []struct {
		from, to, n int
		want        string
	}{
		{2, 2, 1, "1 FROM a|2*RUN b|3 "}, {1, 1, 0, "1*FROM a"}, {4, 4, 9, "1 FROM a|2 RUN b|3 |4*RUN c"}, {2, 4, 0, "2*RUN b|3*|4*RUN c"},
		{3, 1, 0, "3*"}, {9, 9, 2, ""}, {0, 0, 0, ""}, {2, 2, -1, "2*RUN b"},
	} {
		var got []string
		for _, line := range f.Excerpt(c.from, c.to, c.n) {
			mark := " "
			if line.Marked {
				mark = "*"
			}
			got = append(got, fmt.Sprintf("%d%s%s", line.Number, mark, line.Text))
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("lines %d to %d with %d around: got %s", c.from, c.to, c.n, strings.Join(got, "|"))
		}
	}
}
