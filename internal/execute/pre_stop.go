package execute

import (
	"context"
	"io"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
)

// preStop runs the pre_stop hooks of a service in one of its containers, one after
// the other. Source: docker/compose pkg/compose/hook.go and down.go stopContainer.
func (r *Runner) preStop(ctx context.Context, service, name string) error {
	for _, hook := range infra.PreStop(r.Session.Project, service) {
		said := &tailWriter{note: func(engine.Note) {}}
		cmd := docker.Command{Argv: hook.Command, Env: environ(hook.Environment), User: hook.User, Dir: hook.WorkingDir, Privileged: hook.Privileged,
			Out: io.Discard, Err: said}
		code, err := r.Session.Client.Attach(ctx, name, cmd)
		if docker.Stopped(err) { // it ended by itself meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		if code != 0 {
			return failure.New(failure.Unexpected, "%s was not stopped: its pre_stop hook ended with exit code %d", name, code).WithDetails(said.last()).
				WithHint("docker stop %s stops it without its hook", name)
		}
	}
	return nil
}

// environ are the variables of a hook; one without a value is taken from it.
func environ(all types.MappingWithEquals) []string {
	var list []string
	for name, value := range all {
		if value == nil {
			list = append(list, name)
		} else {
			list = append(list, name+"="+*value)
		}
	}
	return list
}
