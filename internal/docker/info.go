package docker

import (
	"cmp"
	"context"

	"github.com/moby/moby/api/types/system"
	"github.com/moby/moby/client"

	"github.com/infinitescribe/spellbook/internal/resource"
)

// Info is what the engine says of itself.
type Info = resource.Engine

// about asks the engine what it is, once: it counts all that it has to answer that, and
// holds up who starts containers meanwhile.
func (c *Client) about(ctx context.Context) (*system.Info, error) {
	if known := c.said.Load(); known != nil {
		return known, nil
	}
	got, err := c.api.Info(ctx, client.InfoOptions{})
	if err != nil {
		return nil, err
	}
	c.said.Store(&got.Info)
	return &got.Info, nil
}

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
	id := c.Endpoint.Host
	got, err := c.about(ctx)
	switch {
	case err == nil:
		id = cmp.Or(got.ID, id)
	case client.IsErrConnectionFailed(err) || ctx.Err() != nil:
		return "", c.explain("ask engine for its ID", err)
	}
	c.id.Store(&id)
	return id, nil
}

// Info is what the preflight has to know.
func (c *Client) Info(ctx context.Context) (Info, error) {
	if err := c.greet(ctx); err != nil {
		return Info{}, err
	}
	got, err := c.about(ctx)
	if err != nil {
		return Info{}, c.explain("ask engine for its version", err)
	}
	var highest string
	if pinged := c.highest.Load(); pinged != nil {
		highest = *pinged
	}
	return Info{Version: got.ServerVersion, APIVersion: highest, OS: got.OSType, RootDir: got.DockerRootDir, MemTotal: got.MemTotal}, nil
}

// Learn takes over what another client of the same process was told by the same engine.
func (c *Client) Learn(from *Client) {
	if from.Endpoint.Host == c.Endpoint.Host {
		c.id.Store(from.id.Load())
		c.said.Store(from.said.Load())
	}
}
