package execute

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// deployer reaches the server, its files and its gateway, for the targets that
// deploy.
type deployer interface {
	SendImage(ctx context.Context, a plan.SendImage, note func(engine.Note)) error
	SendFiles(ctx context.Context, paths []string) error
	WriteRelease(ctx context.Context) error
	WriteGateway(ctx context.Context) error
	Switch(ctx context.Context) error
	Watch(ctx context.Context, a plan.WatchRelease) error
	Drain(ctx context.Context, a plan.DrainTraffic, note func(engine.Note)) error
	KeepLogs(ctx context.Context, release string) error
	Forget(ctx context.Context, release string) error
	SetMaintenance(ctx context.Context, on bool) error
	ReplaceCertificate(ctx context.Context, note func(engine.Note)) error
	RunOnServer(ctx context.Context, a plan.RunOnServer, note func(engine.Note)) error
}

// handleDeployments are of what brings a release to a server.
func (r *Runner) handleDeployments(all map[string]handler) {
	on(all, func(ctx context.Context, a plan.SendImage, c call) error { return r.Deploys.SendImage(ctx, a, c.note) })
	on(all, func(ctx context.Context, a plan.SendFiles, _ call) error { return r.Deploys.SendFiles(ctx, a.Paths) })
	on(all, func(ctx context.Context, _ plan.WriteRelease, _ call) error { return r.Deploys.WriteRelease(ctx) })
	on(all, func(ctx context.Context, _ plan.WriteGateway, _ call) error { return r.Deploys.WriteGateway(ctx) })
	on(all, func(ctx context.Context, a plan.MakeVolumes, _ call) error {
		return Each(ctx, a.Names, func(ctx context.Context, name string) error {
			return r.Session.Client.MakeVolume(ctx, a.Project, name)
		})
	})
	on(all, func(ctx context.Context, a plan.SetRestart, _ call) error {
		for name, policy := range a.Policies {
			if err := r.Session.Client.SetRestart(ctx, name, policy); err != nil {
				return err
			}
		}
		return nil
	})
	on(all, func(ctx context.Context, a plan.JoinNetworks, _ call) error {
		for name, networks := range a.Networks {
			for _, network := range networks {
				if err := r.Session.Client.Join(ctx, network, name); err != nil {
					return err
				}
			}
		}
		return nil
	})
	on(all, func(ctx context.Context, _ plan.SwitchTraffic, _ call) error { return r.Deploys.Switch(ctx) })
	on(all, func(ctx context.Context, a plan.WatchRelease, _ call) error { return r.Deploys.Watch(ctx, a) })
	on(all, func(ctx context.Context, a plan.DrainTraffic, c call) error { return r.Deploys.Drain(ctx, a, c.note) })
	on(all, func(ctx context.Context, a plan.KeepLogs, _ call) error { return r.Deploys.KeepLogs(ctx, a.Release) })
	on(all, func(ctx context.Context, a plan.RemoveRelease, _ call) error { return r.Deploys.Forget(ctx, a.Release) })
	on(all, func(ctx context.Context, a plan.SetMaintenance, _ call) error {
		return r.Deploys.SetMaintenance(ctx, a.On)
	})
	on(all, func(ctx context.Context, _ plan.ReplaceCertificate, c call) error {
		return r.Deploys.ReplaceCertificate(ctx, c.note)
	})
	on(all, func(ctx context.Context, a plan.RunOnServer, c call) error {
		return r.Deploys.RunOnServer(ctx, a, c.note)
	})
}
