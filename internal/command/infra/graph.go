package infra

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/jsondoc"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/report/chart"
	"github.com/infinitescribe/spellbook/internal/timeline"
)

// GraphOptions are the flags of infra:graph.
type GraphOptions struct {
	Format string // mermaid or dot; "" is mermaid
	JSON   bool
}

// Graph prints the dependencies of the services, as Mermaid or DOT, or as a document.
func Graph(ctx context.Context, w *app.Run, o GraphOptions) error {
	w.SurviveClosedPipe()
	name := ""
	failed := func(text string, code int) any {
		return report.ErrorDocument{Version: 1, Project: name, Error: text, ExitCode: code}
	}
	return w.OneDocument(o.JSON, failed, func(w *app.Run) error {
		return load.With(ctx, w, load.Options{}, func(_ context.Context, s *load.Session) error {
			name = s.Project.Name
			text, err := infra.Graph(s.Project, o.Format)
			if err != nil {
				return err
			}
			if o.JSON {
				return app.IgnoreClosedPipe(report.Document(w.Out, graphOf(s.Project)))
			}
			_, err = io.WriteString(w.Out, text)
			return app.IgnoreClosedPipe(err)
		})
	})
}

// graphDocument is infra:graph -json.
type graphDocument struct {
	Version      int               `json:"version"`
	Project      string            `json:"project"`
	Services     []string          `json:"services"`
	Dependencies []dependencyEntry `json:"dependencies"`
}

// dependencyEntry is one arrow of the graph.
type dependencyEntry struct {
	Service   string `json:"service"`
	On        string `json:"on"`
	Condition string `json:"condition"` // in Compose's words: service_healthy
	Required  bool   `json:"required"`
	Restart   bool   `json:"restart"`
}

func graphOf(p *project.Project) graphDocument {
	doc := graphDocument{Version: 1, Project: p.Name, Services: jsondoc.List(p.Services()), Dependencies: []dependencyEntry{}}
	for _, service := range doc.Services {
		for _, d := range p.Dependencies(service) {
			doc.Dependencies = append(doc.Dependencies, dependencyEntry{service, d.On, d.Condition, d.Required, d.Restart})
		}
	}
	return doc
}

// Timeline shows how the last infra:up went: as a chart, as a document, or
// as a page in the file html.
func Timeline(ctx context.Context, w *app.Run, json bool, html string) error {
	w.SurviveClosedPipe()
	name := ""
	failed := func(text string, code int) any {
		return report.ErrorDocument{Version: 1, Project: name, Error: text, ExitCode: code}
	}
	return w.OneDocument(json, failed, func(w *app.Run) error {
		return load.With(ctx, w, load.Options{Degraded: true}, func(_ context.Context, s *load.Session) error {
			name = s.Project.Name
			if err := writable(w, "-html", html); err != nil {
				return err
			}
			t, err := timeline.Read(timelinePath(s))
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return failure.New(failure.Preflight, "no run of %s is recorded yet", s.Project.Name).WithHint("mage infra:up")
			case err != nil:
				return failure.New(failure.Preflight, "%w", err).WithHint("mage infra:up records a new one")
			}
			return showTimeline(w, t, json, html)
		})
	})
}

func showTimeline(w *app.Run, t timeline.Timeline, json bool, html string) error {
	if html != "" {
		if err := writePage(w, t, html); err != nil || !json {
			return err
		}
	}
	if json {
		return app.IgnoreClosedPipe(report.Document(w.Out, t))
	}
	o := w.Format(false).Tables
	o.Width = w.Width // its bars take all the room there is
	return app.IgnoreClosedPipe(chart.Timeline(o, t))
}

// writePage writes the timeline as HTML to a file, relative to where the user is.
func writePage(w *app.Run, t timeline.Timeline, file string) (err error) {
	out, err := os.Create(w.CallerPath(file))
	if err != nil {
		return failure.New(failure.Preflight, "-html: %w", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := chart.TimelineHTML(out, t); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.Err, "wrote %s\n", file)
	return err
}

// writable says, before anything is done, why a file cannot be written; "" is
// none. It leaves no trace of having tried.
func writable(w *app.Run, flag, file string) error {
	if file == "" {
		return nil
	}
	path := w.CallerPath(file)
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
