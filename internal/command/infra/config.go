package infra

import (
	"context"
	"fmt"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/report"
)

// Config shows the Compose model as it is resolved, secrets masked.
func Config(ctx context.Context, w *app.Run, json bool) error {
	w.SurviveClosedPipe()
	name := ""
	failed := func(text string, code int) any {
		return report.ErrorDocument{Version: 1, Project: name, Error: text, ExitCode: code}
	}
	return w.OneDocument(json, failed, func(w *app.Run) error {
		return load.With(ctx, w, load.Options{}, func(_ context.Context, s *load.Session) error {
			name = s.Project.Name
			s.WarnOfModel()
			if err := infra.OneNameEach(s.Project); err != nil {
				return err
			}
			doc, err := s.Project.Masked()
			if err != nil {
				return fmt.Errorf("mask model: %w", err)
			}
			return app.IgnoreClosedPipe(showModel(w, doc, json))
		})
	})
}

func showModel(w *app.Run, doc *yaml.Node, json bool) error {
	if json {
		var value any
		if err := doc.Decode(&value); err != nil {
			return fmt.Errorf("write model: %w", err)
		}
		return report.Document(w.Out, value)
	}
	text, err := yaml.Dump(doc, yaml.WithIndent(2))
	if err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	_, err = w.Out.Write(text)
	return err
}
