// Package stream is all that the backend does in Redis: the streams of jobs
// and of events, and the cached list of novels.
package stream

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/infinitescribe/spellbook/apps/backend/internal/config"
)

// Client talks to one Redis. It connects when it is first asked.
type Client struct{ redis *redis.Client }

// Open makes a client; it cannot fail, as it does not connect.
func Open(c config.Redis) *Client {
	return &Client{redis.NewClient(&redis.Options{
		Addr:                  c.Address,
		Password:              c.Password.Reveal(),
		ContextTimeoutEnabled: true,
		// Only a managed Redis sends these; others answer the question with an error.
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})}
}

// Close ends all connections.
func (c *Client) Close() error { return c.redis.Close() }

// Ping asks for a round trip.
func (c *Client) Ping(ctx context.Context) error {
	if err := c.redis.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("ping Redis: %w", err)
	}
	return nil
}
