package docker

import (
	"cmp"
	"context"

	"github.com/moby/moby/client"

	"github.com/infinitescribe/spellbook/internal/resource"
)

// Info is what the engine says of itself.
type Info = resource.Engine

// ID is what the engine calls itself, the same however it is reached; its
// address where it does not tell, as through a proxy that lets no such question
// pass. It is asked for once.
func (c *Client) ID(ctx context.Context) (string, error) {
	if id := c.id.Load(); id != nil {
		return *id, nil
	}
	if err := c.greet(ctx); err != nil {
		return "", err
	}
	got, err := c.api.Info(ctx, client.InfoOptions{})
	if err != nil && (client.IsErrConnectionFailed(err) || ctx.Err() != nil) {
		return "", c.explain("ask engine for its ID", err)
	}
	id := cmp.Or(got.Info.ID, c.Endpoint.Host)
	c.id.Store(&id)
	return id, nil
}

// Info asks the engine for what the preflight has to know.
func (c *Client) Info(ctx context.Context) (Info, error) {
	ping, err := c.api.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true})
	if err != nil {
		return Info{}, c.explain("ask engine for its version", err)
	}
	got, err := c.api.Info(ctx, client.InfoOptions{})
	if err != nil {
		return Info{}, c.explain("ask engine for its version", err)
	}
	return Info{Version: got.Info.ServerVersion, APIVersion: ping.APIVersion, OS: got.Info.OSType,
		RootDir: got.Info.DockerRootDir, MemTotal: got.Info.MemTotal}, nil
}
