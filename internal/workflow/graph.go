package workflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/timeline"
)

// InfraGraph prints the dependencies of the services, as Mermaid or DOT.
func (w *Workflow) InfraGraph(ctx context.Context, format string) error {
	w.survivePipe()
	return w.with(ctx, sessionOptions{}, func(_ context.Context, s *session) error {
		text, err := infra.Graph(s.project, format)
		if err != nil {
			return err
		}
		_, err = io.WriteString(w.Out, text)
		return quietPipe(err)
	})
}

// InfraTimeline shows how the last infra:up went: as a chart, as a document, or
// as a page in the file html.
func (w *Workflow) InfraTimeline(ctx context.Context, json bool, html string) error {
	w.survivePipe()
	return w.with(ctx, sessionOptions{}, func(_ context.Context, s *session) error {
		t, err := timeline.Read(s.timelinePath())
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return failure.New(failure.Preflight, "no run of %s is recorded yet", s.project.Name).WithHint("mage infra:up")
		case err != nil:
			return failure.New(failure.Preflight, "%w", err).WithHint("mage infra:up records a new one")
		case html != "":
			return w.page(t, html)
		case json:
			return quietPipe(report.Document(w.Out, t))
		}
		o := w.format(false).tables
		o.Width = w.Width // its bars take all the room there is
		return quietPipe(report.Timeline(o, t))
	})
}

// page writes the timeline as HTML to a file, relative to where the user is.
func (w *Workflow) page(t timeline.Timeline, file string) (err error) {
	out, err := os.Create(w.path(file))
	if err != nil {
		return failure.New(failure.Usage, "-html: %w", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := report.TimelineHTML(out, t); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.Err, "wrote %s\n", file)
	return err
}

// path is a path as the user means it.
func (w *Workflow) path(file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(w.Dir, file)
}
