package kit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// renderPure: the same values give the same bytes.
func renderPure(ctx context.Context, s *session) (string, error) {
	var first []byte
	for range 2 {
		_, err := s.with(ctx, func(p *process) (string, error) {
			for range 2 {
				answer, err := s.render(ctx, p, s.config())
				switch {
				case err != nil:
					return "", err
				case first == nil:
					first = answer
				case !bytes.Equal(first, answer):
					return "", errors.New("the same values gave two fragments")
				}
			}
			return "", nil
		})
		if err != nil {
			return "", err
		}
	}
	return "", nil
}

func (s *session) render(ctx context.Context, p *process, config map[string]string) ([]byte, error) {
	answer, err := p.rpc.Render(ctx, &pluginv1.RenderRequest{Config: config, Project: "kit"})
	if err != nil {
		return nil, fmt.Errorf("%w%s", err, p.stderr.tail())
	}
	s.hear(answer)
	if err := errorsOf(answer.GetDiagnostics()); err != nil {
		return nil, err
	}
	return answer.GetFragment(), nil
}

// errorsOf are the diagnostics that are errors.
func errorsOf(list []*pluginv1.Diagnostic) error {
	var all []error
	for _, d := range list {
		if d.GetSeverity() != pluginv1.Severity_SEVERITY_WARNING {
			all = append(all, fmt.Errorf("%s %s: %s", d.GetCode(), d.GetPath(), d.GetSummary()))
		}
	}
	return errors.Join(all...)
}

// fragment: the services and variables of the manifest, and no secret, not even
// one that a careless host sends along.
func fragment(ctx context.Context, s *session) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		config := s.config()
		for _, v := range s.manifest.GetVariables() {
			if v.GetSecret() {
				config[v.GetName()] = canary
			}
		}
		text, err := s.render(ctx, p, config)
		if err != nil {
			return "", err
		}
		if bytes.Contains(text, []byte(canary)) {
			return "", errors.New("the fragment contains the value of a secret")
		}
		return judge(sdk.CheckFragment(s.manifest, text))
	})
}

// required: what is missing is said, by Validate, Render or ${NAME:?} in the
// fragment.
func required(ctx context.Context, s *session) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		text, err := s.render(ctx, p, s.config())
		if err != nil {
			return "", err
		}
		found := false
		for _, v := range s.manifest.GetVariables() {
			if !v.GetRequired() {
				continue
			}
			found = true
			if demanded(text, v.GetName()) {
				continue
			}
			if err := s.missed(ctx, p, v.GetName()); err != nil {
				return "", err
			}
		}
		if !found {
			return "", notApplicable("no variable is required")
		}
		return "", nil
	})
}

// demanded: ${NAME:?} or ${NAME?} in the fragment.
func demanded(fragment []byte, name string) bool {
	var document yaml.Node
	if yaml.Unmarshal(fragment, &document) != nil {
		return false
	}
	for _, r := range sdk.References(&document) {
		if r.Name == name && strings.HasSuffix(r.Operator, "?") {
			return true
		}
	}
	return false
}

// missed is an error where nobody misses the variable.
func (s *session) missed(ctx context.Context, p *process, name string) error {
	config := maps.Clone(s.config())
	delete(config, name)
	rendered, err := p.rpc.Render(ctx, &pluginv1.RenderRequest{Config: config, Project: "kit"})
	if err != nil {
		return err
	}
	all := rendered.GetDiagnostics()
	if s.can(pluginv1.CanValidate) {
		answer, err := p.rpc.Validate(ctx, &pluginv1.ValidateRequest{Config: config})
		if err != nil {
			return err
		}
		all = append(all, answer.GetDiagnostics()...)
	}
	if errorsOf(all) == nil {
		return fmt.Errorf("nobody misses the required variable %s: neither Validate, nor Render, nor ${%s:?} in the fragment", name, name)
	}
	return nil
}

func validDefaults(ctx context.Context, s *session) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		answer, err := p.rpc.Validate(ctx, &pluginv1.ValidateRequest{Config: s.config()})
		if err != nil {
			return "", fmt.Errorf("%w%s", err, p.stderr.tail())
		}
		s.hear(answer)
		return "", errorsOf(answer.GetDiagnostics())
	})
}
