package infra

import (
	"context"
	"fmt"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/sourcegraph/conc/pool"
)

// look finds out, at once, all that costs more than a container list: images
// that are missing, what Compose would label each service with, and what could
// be in the way.
func (u *UpRun) look(ctx context.Context) (facts observe.Facts, err error) {
	p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	before := u.state
	p.Go(func(ctx context.Context) (err error) {
		if u.state.Missing, err = observe.MissingImages(ctx, u.Client, u.Project); err == nil {
			u.state.Unknown = observe.UnknownImages(ctx, u.Client, u.Project, u.state.Missing)
		}
		return err
	})
	p.Go(func(ctx context.Context) error {
		u.lookForNetworks(ctx)
		return nil
	})
	if len(before.Containers) > 0 {
		p.Go(func(ctx context.Context) (err error) {
			u.state.Hashes, err = u.hashes(ctx)
			return err
		})
	}
	p.Go(func(ctx context.Context) (err error) {
		facts, err = observe.Preflight(ctx, u.Client, u.Project, before, func(ctx context.Context, argv []string) (string, error) { return load.Output(ctx, u.Session, argv) })
		return err
	})
	return facts, p.Wait()
}

// lookForNetworks lists those of the engine, and where two of the model's have
// one name who is on them. Without an answer less is noticed.
func (u *UpRun) lookForNetworks(ctx context.Context) {
	u.state.Networks, _ = u.Client.Networks(ctx, "")
	if !infra.Duplicated(u.Project, u.state.Networks) {
		return
	}
	running, _ := u.Client.AllContainers(ctx)
	u.state.OnNetwork = map[string][]observe.Container{}
	for _, c := range running {
		for _, id := range c.NetworkIDs {
			u.state.OnNetwork[id] = append(u.state.OnNetwork[id], c)
		}
	}
}

// preflight stops before anything is touched if something is in the way, and
// warns of what is not.
func (u *UpRun) preflight(facts observe.Facts) error {
	if err := infra.Preflight(u.Project, u.state, facts); err != nil {
		return err
	}
	for _, text := range append(u.Project.Warnings, infra.Warnings(u.Project, u.state, facts)...) {
		text = "warning: " + text
		if u.Run.ErrTerminal {
			text = report.Hang(text, u.Run.Columns(), 0)
		}
		_, _ = fmt.Fprintln(u.Run.Err, text)
	}
	return nil
}
