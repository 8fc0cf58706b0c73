package env

import (
	"io"
	"path/filepath"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/report"
)

// annotate shows each finding at its line in a pull request, where GitHub
// Actions runs this. The runner reads its commands from standard error, too.
func (c *checkResult) annotate(w *app.Run) {
	if w.Format(false).Options.Mode != report.GitHub {
		return
	}
	for _, f := range c.findings {
		_, _ = io.WriteString(w.Err, w.Spell(report.FindingAnnotation(fromWorkspace(w, f.File), f)))
	}
}

// fromWorkspace is a file as GitHub knows it: relative to the checkout, of which
// the root may be a part.
func fromWorkspace(w *app.Run, file string) string {
	workspace := w.Getenv("GITHUB_WORKSPACE")
	if workspace == "" || file == "" || filepath.IsAbs(file) {
		return file
	}
	rel, err := filepath.Rel(workspace, filepath.Join(w.ProjectLayout().Root, filepath.FromSlash(file)))
	if err != nil || strings.HasPrefix(rel, "..") {
		return file
	}
	return filepath.ToSlash(rel)
}
