package infra

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/readiness"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
)

// lastLook bounds what is still asked of the engine once a run has ended.
const lastLook = 10 * time.Second

// logLines is how much of a failed service's log is shown.
const logLines = 20

// failures are the services that are not as they should be, with why: steps
// that failed, waits that the time-out cut, and services without a health
// check that were running once and are no longer.
func (u *UpRun) failures(ctx context.Context, p plan.Plan, result engine.Result, rows []status.Service, state observe.State) []status.Failure {
	var list []status.Failure
	seen := map[string]bool{}
	for _, step := range p.Steps {
		f, ok := u.failureOf(ctx, step, result.Outcomes[step.ID], state)
		if ok && !seen[f.Service] {
			seen[f.Service] = true
			list = append(list, f)
		}
	}
	skipped := skippedServices(p, result)
	if len(result.Failures) == 0 {
		list = append(list, u.unexpectedExits(ctx, rows, state, seen, skipped)...)
	}
	for i := range list {
		list[i].NotStarted = u.dependents(list[i].Service, skipped)
		list[i].Hint = u.apart(list[i].Service, list[i].Hint)
	}
	return list
}

// apart is a hint that leads to the run's own stack, where infra:* is about another.
func (u *UpRun) apart(service, hint string) string {
	if u.Options.Down == "" {
		return hint
	}
	hint, _, _ = strings.Cut(hint, ": mage infra:up") // which is about the other's ports
	return strings.NewReplacer("mage infra:", "docker compose -p "+u.Project.Name+" ", " -services=", " ", " -tail=", " --tail=", " -follow", " --follow",
		"exec "+service+" ", "exec "+service+" sh -c ").Replace(hint)
}

// failureOf tells whether a step's end is a failure of its service.
func (u *UpRun) failureOf(ctx context.Context, step plan.Step, o engine.Outcome, state observe.State) (status.Failure, bool) {
	if step.Service == "" {
		return status.Failure{}, false
	}
	var lost *execute.NotReadyError
	switch {
	case errors.As(o.Err, &lost):
		return u.diagnose(ctx, step.Service, lost.Container, lost.Cause), true
	case o.Kind == engine.Failed && isStart(step):
		return u.diagnose(ctx, step.Service, u.containerOf(step, state), o.Err), true
	case o.Kind == engine.Cancelled && errors.Is(o.Err, errTimeout):
		late := fmt.Errorf("not ready after %s%s", report.Took(u.Options.Timeout), u.Plugins.LastProbe(step.Service))
		return u.diagnose(ctx, step.Service, u.containerOf(step, state), late), true
	}
	return status.Failure{}, false
}

func isStart(step plan.Step) bool { return step.Action.Lane() == plan.LaneStart }

func (u *UpRun) containerOf(step plan.Step, state observe.State) string {
	if names := step.Action.Object().Containers; len(names) > 0 {
		return names[0]
	}
	return u.firstOf(step.Service, state)
}

// firstOf is a service's container of the lowest number: that of a lost replica is nobody's.
func (u *UpRun) firstOf(service string, state observe.State) string {
	if have := state.Containers[service]; len(have) > 0 {
		return have[0].Name
	}
	return u.Project.ContainerName(service, 1)
}

// unexpectedExits are services that ended after they had counted as running.
func (u *UpRun) unexpectedExits(ctx context.Context, rows []status.Service, state observe.State, seen, skipped map[string]bool) []status.Failure {
	var list []status.Failure
	for _, r := range rows {
		if seen[r.Name] || skipped[r.Name] || r.State == status.Ready || r.State == status.Completed || r.State == status.Starting {
			continue
		}
		cause := fmt.Errorf("%s", cmp.Or(r.Detail, "is "+string(r.State)))
		list = append(list, u.diagnose(ctx, r.Name, cmp.Or(r.Container, u.firstOf(r.Name, state)), cause))
	}
	return list
}

// diagnose asks the engine for what explains it.
func (u *UpRun) diagnose(ctx context.Context, service, container string, cause error) status.Failure {
	f := status.Failure{Service: service, State: stateOf(cause), Reason: cause.Error(), Logs: []string{}}
	var told *failure.Error
	if errors.As(cause, &told) {
		f.Reason = told.Message // its remedy is for whoever called, and f has one
	}
	f.Reason = u.Project.MaskValues(f.Reason)
	if u.Project.Replicas(service) > 1 {
		f.Container = container
	}
	d, err := u.Client.Diagnose(ctx, container, logLines)
	if err != nil {
		return f
	}
	if d.State == "exited" || d.State == "restarting" {
		f.ExitCode = &d.ExitCode
	}
	var exit *readiness.ExitError
	if errors.As(cause, &exit) {
		f.ExitCode = &exit.Code
	}
	f.OOMKilled, f.Health, f.NoLog = d.OOMKilled, d.Health, d.NoLog
	if exit == nil {
		f.Health = cmp.Or(d.Health, u.runner.Found[container])
	}
	if d.Logs != nil {
		f.Logs = d.Logs
	}
	f.Health = u.Project.MaskValues(f.Health)
	for i, line := range f.Logs {
		f.Logs[i] = u.Project.MaskValues(line)
	}
	if u.Options.Remote {
		return f
	}
	check := u.Project.Check(service)
	check.Show = u.Project.ShownCheck(service)
	f.Hint = infra.Hint(service, f, check, u.Project.Model.Services[service])
	return f
}

func stateOf(cause error) status.State {
	var exit *readiness.ExitError
	var sick readiness.UnhealthyError
	switch {
	case errors.As(cause, &exit):
		return status.Failed
	case errors.As(cause, &sick):
		return status.Unhealthy
	case errors.Is(cause, errTimeout):
		return status.Starting
	}
	return status.Failed
}

// skippedServices never got their start call.
func skippedServices(p plan.Plan, result engine.Result) map[string]bool {
	skipped := map[string]bool{}
	for _, step := range p.Steps {
		if isStart(step) && step.Service != "" && result.Outcomes[step.ID].Kind == engine.Skipped {
			skipped[step.Service] = true
		}
	}
	return skipped
}

// dependents are the skipped services that hang on a service, near or far.
func (u *UpRun) dependents(service string, skipped map[string]bool) []string {
	var list []string
	var follow func(string)
	follow = func(on string) {
		for _, name := range u.Project.Services() {
			if !skipped[name] || slices.Contains(list, name) {
				continue
			}
			for _, d := range u.Project.Dependencies(name) {
				if d.On == on {
					list = append(list, name)
					follow(name)
					break
				}
			}
		}
	}
	follow(service)
	slices.Sort(list)
	return list
}
