package dockerfile

import (
	"strings"
	"testing"
)

// remotes are what a build of lines fetches, in one line. img is an image whose
// ENV and ONBUILD are known; every other one is not.
func remotes(t *testing.T, o Options, lines ...string) string {
	t.Helper()
	o.Image = func(ref, _ string) (Image, bool) {
		return Image{Env: []string{"URL=https://x.example", "NAME=app"}, OnBuild: []string{"ARG LAID=https://laid.example", "ADD $LAID /laid/", "ADD here /"}}, ref == "img:1"
	}
	list, err := parsed(t, strings.Join(lines, "\n")+"\n").Remote(o)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, " ")
}

func TestASourceOfAddIsElsewhereOnceItsVariablesAreFilledIn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lines []string
		args  map[string]string
		want  string
	}{
		"as written":                   {lines: []string{"FROM scratch", "ADD https://x.example/a git@git.example:a/b.git here /"}, want: "https://x.example/a git@git.example:a/b.git"},
		"default":                      {lines: []string{"FROM scratch", "ARG H=https://x.example", "ADD $H/a /"}, want: "$H/a"},
		"argument given":               {lines: []string{"FROM scratch", "ARG H=here", "ADD ${H} /"}, args: map[string]string{"H": "git@git.example:a/b"}, want: "${H}"},
		"argument given is here":       {lines: []string{"FROM scratch", "ARG H=https://x.example", "ADD ${H} /"}, args: map[string]string{"H": "here"}},
		"given without an ARG":         {lines: []string{"FROM scratch", "ADD ${H} /"}, args: map[string]string{"H": "https://x.example"}},
		"before FROM":                  {lines: []string{"ARG H=https://x.example", "FROM scratch", "ARG H", "ADD $H /"}, want: "$H"},
		"before FROM, not declared":    {lines: []string{"ARG H=https://x.example", "FROM scratch", "ADD $H/a /"}},
		"default of a stage wins":      {lines: []string{"ARG H=https://x.example", "FROM scratch", "ARG H=here", "ADD $H /"}},
		"ENV":                          {lines: []string{"FROM scratch", "ARG H=https://x.example", "ENV W=$H/deep", "ADD $W /"}, want: "$W"},
		"one ENV sees none of its own": {lines: []string{"FROM scratch", "ENV A=here", "ENV A=https://x.example B=$A", "ADD $B /"}},
		"after it":                     {lines: []string{"FROM scratch", "ADD $W /", "ENV W=https://x.example"}},
		"operators":                    {lines: []string{"FROM scratch", "ENV W=https://x.example/a.b", "ADD ${N:-https://x.example} ${W:+here} ${W#https:} ${W%.*} ${W/https/file} /"}, want: "${N:-https://x.example} ${W%.*}"},
		"ENV of a parent":              {lines: []string{"FROM scratch AS a", "ENV W=https://x.example", "FROM a AS b", "FROM b", "ADD $W /"}, want: "$W"},
		"ARG of a parent":              {lines: []string{"FROM scratch AS a", "ARG W=https://x.example", "FROM a", "ADD $W /"}, want: "$W"},
		"ENV of another stage":         {lines: []string{"FROM scratch AS a", "ENV W=https://x.example", "FROM scratch", "COPY --from=a / /", "ADD $W /"}},
		"ONBUILD of a parent":          {lines: []string{"FROM scratch AS a", "ENV W=https://x.example", "ONBUILD ADD $W /", "FROM a"}, want: "$W"},
		"ONBUILD is not for itself":    {lines: []string{"FROM scratch", "ENV W=https://x.example", "ONBUILD ADD $W /"}},
		"ONBUILD ends with a child":    {lines: []string{"FROM scratch AS a", "ONBUILD ADD $W /", "FROM a AS b", "FROM b", "ENV W=https://x.example", "RUN true"}},
		"ENV of an image":              {lines: []string{"FROM img:1", "ADD $URL/a $NAME.tar /"}, want: "$LAID $URL/a"},
		"ONBUILD of an image":          {lines: []string{"FROM img:1"}, args: map[string]string{"LAID": "here"}},
		"not set in a known image":     {lines: []string{"FROM img:1", "ADD $OTHER.tar /"}, args: map[string]string{"LAID": "here"}},
		"unknown image":                {lines: []string{"FROM other", "ADD $URL ${NAME:-here} here/$NAME ./$NAME $URL/a /"}, want: "$URL ${NAME:-here} $URL/a"},
		"unknown through ENV":          {lines: []string{"FROM other AS a", "ENV W=$URL/a", "FROM a", "ADD $W https://$URL /"}, want: "$W https://$URL"},
		"unknown, but set here":        {lines: []string{"FROM other", "ENV W=here", "ARG N=app", "ADD $W $N /"}},
		"checksum":                     {lines: []string{"FROM scratch", "ARG SUM=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d", "ADD --checksum=$SUM https://x.example/a /", "ADD --checksum=$NONE https://x.example/b /"}, want: "https://x.example/b"},
		"checksum of an image":         {lines: []string{"FROM other", "ADD --checksum=$SUM https://x.example/a /"}, want: "https://x.example/a"},
		"a stage that nobody needs":    {lines: []string{"FROM scratch AS a", "ADD https://x.example /", "FROM scratch"}},
		"COPY, heredoc":                {lines: []string{"FROM other", "COPY $URL /", "COPY --parents --exclude=*.md $URL/a* /", "COPY <<$W /", "https://x.example", "$W"}},
		"platform":                     {lines: []string{"FROM scratch", "ARG TARGETARCH", "ENV amd64=https://x.example", "ADD ${TARGETARCH}/a /"}},
		"quoted":                       {lines: []string{"FROM scratch", `ADD ["$H", "/"]`, `ADD "$W" '$W' \$W /`, "ENV W=https://x.example", `ADD '$W' \$W /`, `ADD "$W" /`}, want: `"$W"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := remotes(t, Options{Args: c.args, Host: "linux/amd64"}, c.lines...); got != c.want {
				t.Errorf("fetched is %q, want %q", got, c.want)
			}
		})
	}
}

// A context may take the place of a stage and of an image: what it sets nobody knows.
func TestANamedContextMaySetAnything(t *testing.T) {
	t.Parallel()
	o := Options{Contexts: map[string]string{"a": "x", "img:1": "y"}}
	if got := remotes(t, o, "FROM scratch AS a", "ENV W=here", "FROM a", "ADD $W here /"); got != "$W" {
		t.Errorf("for a stage: %q", got)
	}
	if got := remotes(t, o, "FROM img:1", "ADD $URL /"); got != "$URL" {
		t.Errorf("for an image: %q", got)
	}
}

func TestWhatAnImagesOnbuildCopiesFromIsABase(t *testing.T) {
	t.Parallel()
	known := func(ref, platform string) (Image, bool) {
		return Image{OnBuild: []string{"COPY --from=tools /t /", "COPY --from=deps /d /", "RUN --mount=from=more,target=/m true", "ARG A B=1", "NONSENSE"}}, ref == "img:1" && platform == "linux/arm64"
	}
	f := parsed(t, "FROM deep AS deps\nFROM --platform=arm64 img:1\n")
	if got := refs(f, Options{Image: known}); got != "img:1 for arm64" && got != "deep:latest, img:1 for linux/arm64, more:latest, tools:latest" {
		t.Errorf("bases are %s", got)
	}
	image, _ := known("img:1", "linux/arm64")
	if got := strings.Join(image.Declared(), " "); got != "A B" {
		t.Errorf("declared is %q", got)
	}
}

func TestTheFrontendIsAnImage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, want string
		o          Options
	}{
		{"FROM scratch\n", "", Options{}},
		{"# syntax=docker/dockerfile:1\nFROM scratch\n", "docker/dockerfile:1", Options{}},
		{"# syntax = docker.io/docker/dockerfile flag\nFROM scratch\n", "docker/dockerfile:latest", Options{}},
		{"#!/bin/x\n// syntax=own/frontend\n", "", Options{}},
		{"# syntax=docker/dockerfile:1\nFROM scratch\n", "own/frontend:2", Options{Args: map[string]string{"BUILDKIT_SYNTAX": "own/frontend:2 flag"}}},
		{"FROM scratch\n", "own/frontend:2", Options{Args: map[string]string{"BUILDKIT_SYNTAX": "own/frontend:2"}}},
		{"# syntax=docker/dockerfile:1\nFROM scratch\n", "", Options{Contexts: map[string]string{"docker/dockerfile:1": "x"}}},
		{"# syntax=NO\nFROM scratch\n", "", Options{}},
	} {
		f, err := Parse("Dockerfile", []byte(c.text))
		if err != nil {
			continue // of another language
		}
		if got := f.Frontend(c.o); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}
