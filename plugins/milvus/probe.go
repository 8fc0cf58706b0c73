package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// probe asks for the version and for the health: Milvus answers before all its
// parts do.
func probe(ctx context.Context, run *sdk.Run) sdk.Status {
	var version string
	err := with(run, func(c *client) (err error) {
		version, err = c.health(ctx)
		return err
	})
	if err == nil {
		return sdk.Ready("%s, healthy", version)
	}
	var d sdk.Diagnostic
	if errors.As(err, &d) && d.Code == refused {
		return sdk.Fatal(d)
	}
	return sdk.NotYet(err)
}

func (c *client) health(ctx context.Context) (version string, err error) {
	said, err := c.GetVersion(ctx, &milvuspb.GetVersionRequest{})
	if err := failed(said.GetStatus(), err); err != nil {
		return "", fmt.Errorf("ask for the version: %w", err)
	}
	health, err := c.CheckHealth(ctx, &milvuspb.CheckHealthRequest{})
	if err := failed(health.GetStatus(), err); err != nil {
		return "", fmt.Errorf("ask for the health: %w", err)
	}
	if !health.GetIsHealthy() {
		return "", fmt.Errorf("%s is not healthy: %s", said.GetVersion(), strings.Join(health.GetReasons(), "; "))
	}
	return said.GetVersion(), nil
}
