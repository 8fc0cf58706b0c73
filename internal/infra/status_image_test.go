package infra_test

import (
	"testing"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

func TestTheImageOfAServiceIsWhatRuns(t *testing.T) {
	const id = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for name, row := range map[string]struct{ image, reference, want, detail string }{
		"as the files say":         {"redis:7", "", "redis:7", ""},
		"written out":              {"docker.io/library/redis:7", "", "docker.io/library/redis:7", ""},
		"another":                  {"redis:6", "", "redis:6", "files say redis:7"},
		"its tag moved":            {id, "redis:7", "redis:7", "redis:7 names another image now"},
		"moved and other files":    {id, "redis:6", "redis:6", "files say redis:7"},
		"nobody knows its name":    {id, "", "0123456789ab", "files say redis:7"},
		"with a digest and a name": {"redis:7@" + id, "", "redis:7@" + id, "files say redis:7"},
	} {
		p := load(t, "\n  cache: {image: \"redis:7\"}\n", project.Options{})
		s, _ := world(t, p)
		set(s, "cache", func(c *observe.Container) { c.Image, c.Reference = row.image, row.reference })
		rows := infra.Status(p, s)
		infra.CompareImages(p, s, rows)
		if rows[0].Image != row.want || rows[0].Detail != row.detail {
			t.Errorf("%s: image %q, detail %q, want %q and %q", name, rows[0].Image, rows[0].Detail, row.want, row.detail)
		}
	}
}

func TestReplicasOfTwoImagesShowBoth(t *testing.T) {
	p := load(t, "\n  web: {image: \"web:2\", scale: 2}\n", project.Options{})
	s, _ := world(t, p)
	s.Containers["web"][0].Image, s.Containers["web"][1].Image = "web:1", "web:2"
	rows := infra.Status(p, s)
	infra.CompareImages(p, s, rows)
	if rows[0].Image != "web:1, web:2" || rows[0].Detail != "files say web:2" {
		t.Errorf("got %+v", rows[0])
	}
}
