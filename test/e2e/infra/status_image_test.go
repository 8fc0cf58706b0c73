package infra_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestStatusShowsTheImageThatRuns(t *testing.T) {
	t.Parallel()
	const text = "  web: {image: \"IMAGE\", stop_grace_period: 0s}\n"
	s := newStack(t, strings.ReplaceAll(text, "IMAGE", "lab/service:1"))
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	shown := func(image, detail string) {
		t.Helper()
		r := s.Status(true).Want(t, failure.OK)
		schematest.Validate(t, "status", []byte(r.Out))
		var doc report.Status
		if err := json.Unmarshal([]byte(r.Out), &doc); err != nil || len(doc.Services) != 1 {
			t.Fatalf("%v\n%s", err, r.Out)
		}
		if got := doc.Services[0]; got.Image != image || got.Detail != detail {
			t.Errorf("image %q, detail %q, want %q and %q", got.Image, got.Detail, image, detail)
		}
		s.Status(false).Want(t, failure.OK).Says(t, image, detail)
	}
	shown("lab/service:1", "")
	s.Write(strings.ReplaceAll(text, "IMAGE", "lab/service:2"))
	shown("lab/service:1", "files say lab/service:2")

	moving := s.Name + "/moving:1"
	t.Cleanup(func() { stacktest.Docker(t, "rmi", moving) })
	t.Cleanup(s.Remove)
	stacktest.Docker(t, "tag", "lab/service:1", moving)
	s.Write(strings.ReplaceAll(text, "IMAGE", moving))
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	stacktest.Docker(t, "tag", "lab/service:2", moving)
	shown(moving, moving+" names another image now")
}
