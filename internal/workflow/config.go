package workflow

import (
	"context"
	"fmt"
	"os"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// InfraConfig shows the Compose model as it is resolved, secrets masked.
func (w *Workflow) InfraConfig(ctx context.Context, json bool) error {
	w.survivePipe()
	return w.with(ctx, sessionOptions{}, func(_ context.Context, s *session) error {
		isSecret, err := s.secretNames()
		if err != nil {
			return err
		}
		doc, err := s.project.Masked(isSecret)
		if err != nil {
			return fmt.Errorf("mask model: %w", err)
		}
		return quietPipe(w.model(doc, json))
	})
}

func (w *Workflow) model(doc *yaml.Node, json bool) error {
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

// secretNames tells secrets by name: by convention, or because the template
// marks them.
func (s *session) secretNames() (func(string) bool, error) {
	d := dirs(s.layout)
	if _, err := os.Stat(d.Template()); err != nil {
		return secret.IsName, nil
	}
	template, err := environ.ReadTemplate(d)
	if err != nil {
		return nil, err
	}
	return func(name string) bool {
		v, known := template.Variable(name)
		return secret.IsName(name) || (known && v.IsSecret())
	}, nil
}
