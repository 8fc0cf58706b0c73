package docker

import (
	"context"
	"sync/atomic"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/sourcegraph/conc/pool"
)

const (
	settlePatience = 10 * time.Second // then the list is believed as it is
	settlePace     = 10 * time.Millisecond
	inspectsAtOnce = 16
)

// Settle returns once the container list of a project tells what its containers
// tell of themselves. An engine may answer before its own list knows what has
// been done: 26.1 shows a container that has been stopped as running for up to
// half a second. Whoever has changed containers waits here before anything,
// Compose's own plans included, is judged from a list.
func (c *Client) Settle(ctx context.Context, project string) { c.settle(ctx, byProject(project)) }

// settleOne is Settle for one container.
func (c *Client) settleOne(ctx context.Context, id string) {
	c.settle(ctx, make(client.Filters).Add("id", id))
}

// settle gives up where the engine does not answer: who looks next is told so.
func (c *Client) settle(ctx context.Context, f client.Filters) {
	ctx, cancel := context.WithTimeout(ctx, settlePatience)
	defer cancel()
	for ctx.Err() == nil {
		list, err := c.list(ctx, client.ContainerListOptions{All: true, Filters: f})
		if err != nil || !c.behind(ctx, list) {
			return
		}
		pause(ctx, settlePace)
	}
}

// behind: the list shows a container as it is no more.
func (c *Client) behind(ctx context.Context, list []Container) bool {
	var old atomic.Bool
	p := pool.New().WithMaxGoroutines(inspectsAtOnce)
	for _, one := range list {
		p.Go(func() {
			got, err := c.api.ContainerInspect(ctx, one.ID, client.ContainerInspectOptions{})
			if cerrdefs.IsNotFound(err) || err == nil && string(got.Container.State.Status) != one.State {
				old.Store(true)
			}
		})
	}
	p.Wait()
	return old.Load()
}
