package build_test

import (
	"io"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// flow is a workflow whose progress can be read while it goes on.
func (s *stack) flow(out io.Writer) *app.Run {
	return &app.Run{Layout: project.Layout{Root: s.Dir}, Dir: s.Dir, Environ: s.Env, In: strings.NewReader(""), Out: out, Err: stacktest.NewOutput(), Now: time.Now}
}
