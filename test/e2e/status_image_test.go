package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

func TestStatusShowsTheImageThatRuns(t *testing.T) {
	t.Parallel()
	const text = "  web: {image: \"IMAGE\", stop_grace_period: 0s}\n"
	s := newStack(t, strings.ReplaceAll(text, "IMAGE", "lab/service:1"))
	s.up(infra.UpOptions{}).want(t, failure.OK)
	shown := func(image, detail string) {
		t.Helper()
		r := s.status(true).want(t, failure.OK)
		schematest.Validate(t, "status", []byte(r.out))
		var doc report.Status
		if err := json.Unmarshal([]byte(r.out), &doc); err != nil || len(doc.Services) != 1 {
			t.Fatalf("%v\n%s", err, r.out)
		}
		if got := doc.Services[0]; got.Image != image || got.Detail != detail {
			t.Errorf("image %q, detail %q, want %q and %q", got.Image, got.Detail, image, detail)
		}
		s.status(false).want(t, failure.OK).says(t, image, detail)
	}
	shown("lab/service:1", "")
	s.write(strings.ReplaceAll(text, "IMAGE", "lab/service:2"))
	shown("lab/service:1", "files say lab/service:2")

	moving := s.name + "/moving:1"
	t.Cleanup(func() { cli(t, "rmi", moving) })
	t.Cleanup(s.remove)
	cli(t, "tag", "lab/service:1", moving)
	s.write(strings.ReplaceAll(text, "IMAGE", moving))
	s.up(infra.UpOptions{}).want(t, failure.OK)
	cli(t, "tag", "lab/service:2", moving)
	shown(moving, moving+" names another image now")
}
