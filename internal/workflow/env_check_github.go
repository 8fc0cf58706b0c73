package workflow

import (
	"io"
	"path/filepath"
	"strings"

	"github.com/infinitescribe/spellbook/internal/report"
)

// annotate shows each finding at its line in a pull request, where GitHub
// Actions runs this. The runner reads its commands from standard error, too.
func (c *checked) annotate(w *Workflow) {
	if w.format(false).options.Mode != report.GitHub {
		return
	}
	for _, f := range c.findings {
		_, _ = io.WriteString(w.Err, report.FindingAnnotation(w.fromWorkspace(f.File), f))
	}
}

// fromWorkspace is a file as GitHub knows it: relative to the checkout, of which
// the root may be a part.
func (w *Workflow) fromWorkspace(file string) string {
	workspace := w.Getenv("GITHUB_WORKSPACE")
	if workspace == "" || file == "" || filepath.IsAbs(file) {
		return file
	}
	rel, err := filepath.Rel(workspace, filepath.Join(w.layout().Root, filepath.FromSlash(file)))
	if err != nil || strings.HasPrefix(rel, "..") {
		return file
	}
	return filepath.ToSlash(rel)
}
