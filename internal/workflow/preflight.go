package workflow

import (
	"bytes"
	"context"
	"fmt"

	"github.com/sourcegraph/conc/pool"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/report"
)

// look finds out, at once, all that costs more than a container list: images
// that are missing, what Compose would label each service with, and what could
// be in the way.
func (u *up) look(ctx context.Context) (facts observe.Facts, err error) {
	p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	before := u.state
	p.Go(func(ctx context.Context) (err error) {
		if u.state.Missing, err = observe.MissingImages(ctx, u.client, u.project); err == nil {
			u.state.Unknown = observe.UnknownImages(ctx, u.client, u.project, u.state.Missing)
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
		facts, err = observe.Preflight(ctx, u.client, u.project, before, func(ctx context.Context, argv []string) (string, error) { return u.output(ctx, argv) })
		return err
	})
	return facts, p.Wait()
}

// lookForNetworks lists those of the engine, and where two of the model's have
// one name who is on them. Without an answer less is noticed.
func (u *up) lookForNetworks(ctx context.Context) {
	u.state.Networks, _ = u.client.Networks(ctx, "")
	if !infra.Duplicated(u.project, u.state.Networks) {
		return
	}
	running, _ := u.client.AllContainers(ctx)
	u.state.OnNetwork = map[string][]observe.Container{}
	for _, c := range running {
		for _, id := range c.NetworkIDs {
			u.state.OnNetwork[id] = append(u.state.OnNetwork[id], c)
		}
	}
}

// output runs a command and returns both streams.
func (s *session) output(ctx context.Context, argv []string) (string, error) {
	var out bytes.Buffer
	err := s.run(ctx, argv, &out, &out)
	return out.String(), err
}

// preflight stops before anything is touched if something is in the way, and
// warns of what is not.
func (u *up) preflight(facts observe.Facts) error {
	if err := infra.Preflight(u.project, u.state, facts); err != nil {
		return err
	}
	for _, text := range append(u.project.Warnings, infra.Warnings(u.project, u.state, facts)...) {
		text = "warning: " + text
		if u.w.ErrTerminal {
			text = report.Hang(text, u.w.columns(), 0)
		}
		_, _ = fmt.Fprintln(u.w.Err, text)
	}
	return nil
}
