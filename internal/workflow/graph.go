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
	name := ""
	err := w.with(ctx, sessionOptions{salvage: true}, func(_ context.Context, s *session) error {
		name = s.project.Name
		if err := w.writable("-html", html); err != nil {
			return err
		}
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
	return w.mishap(json && html == "", err, func(text string, code int) any {
		return report.Mishap{Version: 1, Project: name, Error: text, ExitCode: code}
	})
}

// page writes the timeline as HTML to a file, relative to where the user is.
func (w *Workflow) page(t timeline.Timeline, file string) (err error) {
	out, err := os.Create(w.path(file))
	if err != nil {
		return failure.New(failure.Preflight, "-html: %w", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := report.TimelineHTML(out, t); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.Err, "wrote %s\n", file)
	return err
}

// writable says, before anything is done, why a file cannot be written; "" is
// none. It leaves no trace of having tried.
func (w *Workflow) writable(flag, file string) error {
	if file == "" {
		return nil
	}
	path := w.path(file)
	out, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		if out, err = os.CreateTemp(filepath.Dir(path), ".spellbook-*"); err == nil {
			defer func() { _ = os.Remove(out.Name()) }()
		}
	}
	if err == nil {
		return out.Close()
	}
	f := failure.New(failure.Preflight, "%s: %s cannot be written: %w", flag, file, errors.Unwrap(err))
	if errors.Is(err, fs.ErrNotExist) {
		return f.WithHint("mkdir -p %s", filepath.Dir(path))
	}
	return f.WithHint("name a file that you may write")
}

// path is a path as the user means it.
func (w *Workflow) path(file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(w.Dir, file)
}
