package bake

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/plan"
)

func TestAFileEscapesWhatBakeWouldFillIn(t *testing.T) {
	data, err := File([]plan.Build{{Name: "api", Inline: "FROM a\nRUN echo ${HOME} $HOME %{x}", Args: map[string]string{"A": "${B}"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`echo $${HOME} $HOME %%{x}`, `"A":"$${B}"`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("no %s in %s", want, data)
		}
	}
}

func TestTwoBuildsOfOneNameAreRefused(t *testing.T) {
	if _, err := File([]plan.Build{{Name: "a"}, {Name: "a"}}); err == nil {
		t.Error("no error")
	}
}

func TestTheTimeOfTheCommitIsAnArgumentUnlessTheSectionHasOne(t *testing.T) {
	for want, b := range map[string]plan.Build{
		"7": {Name: "a", Epoch: 7},
		"1": {Name: "a", Epoch: 7, Args: map[string]string{"SOURCE_DATE_EPOCH": "1"}},
		"":  {Name: "a"},
	} {
		data, err := File([]plan.Build{b})
		var file struct{ Target map[string]target }
		if err != nil || json.Unmarshal(data, &file) != nil {
			t.Fatal(err, string(data))
		}
		if got := file.Target["a"].Args["SOURCE_DATE_EPOCH"]; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestBakeIsAllowedWhatTheBuildsReadAndNothingElse(t *testing.T) {
	builds := []plan.Build{
		{Name: "api", Context: "/src", Dockerfile: "/other/Dockerfile", Network: "host", Privileged: true,
			Contexts: map[string]string{"a": "/ctx", "b": "docker-image://x", "c": "target:base", "d": "oci-layout:///layout@sha256:1"},
			Secrets:  []plan.BuildSecret{{ID: "f", File: "/secret"}, {ID: "e", Env: "TOKEN"}}, SSH: []string{"default", "git=/key"},
			CacheFrom: []string{"type=local,src=/cache", "type=registry,ref=x"}, CacheTo: []string{"type=local,dest=/cache,mode=max"}},
		{Name: "base", Context: "https://github.com/a/b.git", Dockerfile: "Dockerfile"},
	}
	got := strings.Join(Argv(Options{Target: "api", Builds: builds, Metadata: "/m.json", Output: "load"}), " ")
	want := "docker buildx bake -f - --progress rawjson --metadata-file /m.json --allow fs.read=/cache --allow fs.read=/ctx --allow fs.read=/key" +
		" --allow fs.read=/layout --allow fs.read=/other/Dockerfile --allow fs.read=/secret --allow fs.read=/src --allow fs.write=/cache" +
		" --allow network.host --allow security.insecure --allow ssh --set api.output=type=docker api"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestOnlyTheWantedTargetIsExportedAndItsTimesSetWhereTheBuilderCan(t *testing.T) {
	builds := []plan.Build{{Name: "api", Epoch: 7}, {Name: "base", Epoch: 7}}
	for want, o := range map[string]Options{
		"--set api.output=type=docker":                                 {Output: "load", Driver: "docker"},
		"--set api.output=type=docker,rewrite-timestamp=true":          {Output: "load", Driver: "remote"},
		"--set api.output=type=image,push=true,rewrite-timestamp=true": {Output: "registry", Driver: "docker-container"},
		"--builder arm --set api.output=type=image,push=true":          {Output: "registry", Builder: "arm"},
		"--progress rawjson api":                                       {},
	} {
		o.Target, o.Builds = "api", builds
		argv := Argv(o)
		if got := strings.Join(argv, " "); !strings.HasSuffix(strings.TrimSuffix(got, " api"), strings.TrimSuffix(want, " api")) || !slices.Contains(argv, "api") {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
