package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// The list is kept under a key with the version of what it was made from.
// Whoever changes a novel raises the version after the commit, so that a list
// which was read before the commit is stored where nobody looks any more.
const (
	versionKey = "novels:version"
	listKey    = "novels:list:"
	keep       = time.Minute // also how long a list may be old when raising the version failed
)

// List returns the version that a list is to be kept under, and the list that
// is kept under it, or nil.
func (c *Client) List(ctx context.Context) (version string, list []byte, err error) {
	version, err = c.redis.Get(ctx, versionKey).Result()
	if errors.Is(err, redis.Nil) {
		version, err = "0", nil
	}
	if err == nil {
		list, err = c.redis.Get(ctx, listKey+version).Bytes()
	}
	if err != nil && !errors.Is(err, redis.Nil) {
		return "", nil, fmt.Errorf("read cached novels: %w", err)
	}
	return version, list, nil
}

// Keep stores the list for a minute.
func (c *Client) Keep(ctx context.Context, version string, list []byte) error {
	if err := c.redis.Set(ctx, listKey+version, list, keep).Err(); err != nil {
		return fmt.Errorf("cache novels: %w", err)
	}
	return nil
}

// Invalidate makes every list that was read until now one of the past.
func (c *Client) Invalidate(ctx context.Context) error {
	if err := c.redis.Incr(ctx, versionKey).Err(); err != nil {
		return fmt.Errorf("invalidate cached novels: %w", err)
	}
	return nil
}
