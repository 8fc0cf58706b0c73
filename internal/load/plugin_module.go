package load

import (
	"context"
	"encoding/json"
	"os"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Requirement is how a repository requires Spellbook.
type Requirement struct {
	Version string
	Dir     string
	Replace *struct{ Path, Version, Dir string }
}

// RequirementOf asks the go command, in the root or beside the magefiles.
func RequirementOf(ctx context.Context, w *app.Run, l project.Layout) (r Requirement, err error) {
	for _, dir := range []string{l.Path("magefiles"), l.Root} {
		if _, missing := os.Stat(dir); missing != nil {
			continue
		}
		var text string
		if text, err = GoCommand(ctx, w, dir, "list", "-m", "-json", Module); err == nil {
			return r, json.Unmarshal([]byte(text), &r)
		}
	}
	return r, err
}
