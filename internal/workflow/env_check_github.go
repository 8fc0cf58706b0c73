package workflow

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/report"
)

// annotate shows each finding at its line in a pull request, where GitHub
// Actions runs this. The runner reads its commands from standard error, too.
func (c *checked) annotate(w *Workflow) {
	if w.format(false).options.Mode != report.GitHub {
		return
	}
	for _, f := range c.findings {
		_, _ = fmt.Fprintln(w.Err, annotation(w.fromWorkspace(f.File), f))
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

// annotation is a workflow command. Source:
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
func annotation(file string, f environ.Finding) string {
	at := ""
	if file != "" {
		at += "file=" + property.Replace(file) + ","
	}
	if file != "" && f.Line > 0 {
		at += "line=" + strconv.Itoa(f.Line) + ","
	}
	return fmt.Sprintf("::%s %stitle=%s::%s", f.Severity, at, property.Replace(f.Code), message.Replace(f.Message+"\n→ "+f.Remedy))
}

// The escapes of the toolkit's command.ts; ##[ would be a command of the old form.
var (
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	message  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", "##[", "## [")
)
