package deploy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// MaintenanceOptions are the flags of deploy:maintenance.
type MaintenanceOptions struct {
	Env     string
	On, Off bool // one of them
	Wait    bool // for another run's end
}

// Maintenance has the gateway answer 503 with a page, or the application again.
// Its containers are left alone.
func Maintenance(ctx context.Context, w *app.Run, o MaintenanceOptions) error {
	if o.On == o.Off {
		return w.Guard(ctx, func(context.Context) error {
			return failure.New(failure.Usage, "deploy:maintenance takes -on or -off").WithHint("mage deploy:maintenance %s -on", o.Env)
		})
	}
	return with(ctx, w, o.Env, "deploy:maintenance "+o.Env, func(ctx context.Context, op *operation) error {
		if err := op.hasGateway(); err != nil {
			return err
		}
		r := &rollout{operation: op}
		return op.Exclusive(ctx, o.Wait, func(ctx context.Context) error { return r.maintain(ctx, o.On) })
	})
}

// hasGateway refuses a server whose gateway cannot be told anything.
func (o *operation) hasGateway() error {
	for _, c := range o.Seen.Containers[""] {
		if c.Labels[deploy.LabelService] != deploy.GatewayService {
			continue
		}
		if c.State != "running" {
			return failure.New(failure.Preflight, "the gateway on %s is %s", o.Settings.Host, c.State).WithHint("mage deploy:to %s", o.Project.Env)
		}
		return nil
	}
	return failure.New(failure.Preflight, "%s has no gateway: no release that publishes a port was deployed to it", o.Settings.Host).
		WithHint("mage deploy:to %s", o.Project.Env)
}

// maintain turns it on or off, where it is not already.
func (r *rollout) maintain(ctx context.Context, on bool) error {
	began, word := r.Run.Now(), "off"
	if on {
		word = "on"
	}
	var err error
	if r.proxy, err = r.readProxy(ctx); err != nil {
		return err
	}
	now, err := r.gatewayNow(ctx)
	if err != nil {
		return err
	}
	if now.Maintenance == on && r.proxy.Options.Maintenance == on {
		return r.Run.Say("maintenance of %s on %s is %s already\n", r.Settings.Name, r.Settings.Host, word)
	}
	p := plan.Plan{Project: r.Settings.Name}
	p.Add(plan.Step{ID: "set maintenance", Cause: "asked for", Action: plan.SetMaintenance{On: on}})
	if err := r.recorded(ctx, "maintenance "+word, began, func() error { return r.walk(ctx, r.atServer(), p, "gateway") }); err != nil {
		return err
	}
	text := "the gateway sends requests to the application again\n"
	if on {
		text = fmt.Sprintf("the gateway answers 503, until: mage deploy:maintenance %s -off\n", r.Project.Env)
	}
	return r.Run.Say("%s", text)
}

// SetMaintenance is part of execute's deployer: the configuration first, which the
// gateway restarts with, then the running one. What that was not told is taken back.
func (r *rollout) SetMaintenance(ctx context.Context, on bool) error {
	run, err := r.runtimeOnce(ctx)
	if err != nil {
		return err
	}
	before := r.proxy
	r.proxy.Options.Maintenance = on
	if err := r.writeProxy(ctx, r.proxy); err != nil {
		return err
	}
	if err := run.Maintenance(ctx, on); err != nil {
		late, cancel := app.Detached(ctx, 10*time.Second)
		defer cancel()
		return errors.Join(err, r.writeProxy(late, before))
	}
	return nil
}
