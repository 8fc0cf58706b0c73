package deploy

import (
	"context"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
)

// variables are those that the release is deployed with, as an env file: the
// environment's, with what the shell says instead of it, and what the Compose files
// or the deployment are given by the shell alone.
func (r *rollout) variables() ([]byte, error) {
	text, err := r.Project.EnvFileText()
	if err != nil {
		return nil, err
	}
	var more []string
	for _, u := range r.Project.Uses() {
		if _, inShell := r.Run.LookupEnv(u.Variable); inShell && !environ.IsAmbient(u.Variable) {
			more = append(more, u.Variable)
		}
	}
	for _, pair := range r.Run.Environ {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "DEPLOY_") {
			more = append(more, name)
		}
	}
	d, err := environ.WithValues(dotenv.Parse(string(text)), r.Project.Variable, more...)
	return []byte(d.String()), err
}

// updateVariables notes those that the infrastructure was changed with, where that
// is all that a deployment does.
func (r *rollout) updateVariables(ctx context.Context, released bool) error {
	if released || r.from.ID == "" {
		return nil
	}
	text, err := r.variables()
	if err != nil {
		return err
	}
	return r.Store.SetVariables(ctx, r.from.ID, text)
}
