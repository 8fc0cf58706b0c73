package project

import (
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestWhatIsNoNameOfAnImageIsToldWithItsVariable(t *testing.T) {
	t.Parallel()
	const place = "compose/docker-compose.yml:3: services.a.image is no name of an image: "
	for image, want := range map[string]string{
		"x": "", "x:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": "", "host:5000/a/b": "",
		"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": "",
		"x:${TAG}": place + "\"x:\": variable TAG is not set\n  → export TAG=VALUE",
		"x:${BAD}": place + "\"x:a b\"\n  → export BAD=VALUE, which the shell sets already: write NAME:TAG, in small letters",
		"X/Y":      place + "\"X/Y\"\n  → write NAME:TAG, in small letters",
	} {
		p := load(t, stack(t, map[string]string{base: "services:\n  a:\n    image: " + image + "\n"}), Options{Environ: []string{"BAD=a b"}})
		err := p.CheckImages()
		if err == nil && want == "" {
			continue
		}
		if failure.CodeOf(err) != failure.Preflight || err.Error() != want {
			t.Errorf("%s: got %v, want %s", image, err, want)
		}
	}
}

// Of several names that a build gives, the one is told that is none, with its variable.
func TestANameInAListIsToldWithItsOwnVariable(t *testing.T) {
	t.Parallel()
	p := load(t, stack(t, map[string]string{base: "services:\n  a:\n    build:\n      context: .\n      tags:\n        - \"y:${TAG}\"\n        - \"x:${GOOD}\"\n"}), Options{Environ: []string{"GOOD=1"}})
	err := p.NoImage("services.a.build.tags", "y:")
	if want := "compose/docker-compose.yml:6: services.a.build.tags is no name of an image: \"y:\": variable TAG is not set\n  → export TAG=VALUE"; err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
