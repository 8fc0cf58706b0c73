package stream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/infinitescribe/spellbook/apps/backend/internal/novel"
)

const (
	eventsKey = "events"
	page      = 500         // entries that are read at a time
	patience  = time.Second // how long a read waits for something new, and so how long ending may take
)

// ValidID says whether a text is an event's id: milliseconds-sequence.
func ValidID(id string) bool {
	_, _, ok := parts(id)
	return ok
}

// After says whether one id is later than another; both are valid.
func After(id, other string) bool {
	ms, seq, _ := parts(id)
	otherMS, otherSeq, _ := parts(other)
	return ms > otherMS || ms == otherMS && seq > otherSeq
}

func parts(id string) (ms, seq uint64, ok bool) {
	first, second, found := strings.Cut(id, "-")
	ms, err := strconv.ParseUint(first, 10, 64)
	seq, err2 := strconv.ParseUint(second, 10, 64)
	return ms, seq, found && err == nil && err2 == nil
}

// Since returns the next events after an id, oldest first, 500 at most.
func (c *Client) Since(ctx context.Context, id string) ([]novel.Event, error) {
	entries, err := c.redis.XRangeN(ctx, eventsKey, "("+id, "+", page).Result()
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return events(entries), nil
}

// Last is the newest event's id, 0-0 before the first.
func (c *Client) Last(ctx context.Context) (string, error) {
	entries, err := c.redis.XRevRangeN(ctx, eventsKey, "+", "-", 1).Result()
	if err != nil || len(entries) == 0 {
		return "0-0", err
	}
	return entries[0].ID, nil
}

// Next waits a second at most for events after an id.
func (c *Client) Next(ctx context.Context, id string) ([]novel.Event, error) {
	streams, err := c.redis.XRead(ctx, &redis.XReadArgs{Streams: []string{eventsKey, id}, Count: page, Block: patience}).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("wait for events: %w", err)
	}
	return events(streams[0].Messages), nil
}

func events(entries []redis.XMessage) []novel.Event {
	list := make([]novel.Event, len(entries))
	for i, e := range entries {
		list[i] = novel.Event{ID: e.ID, Type: field(e, "type"), Data: field(e, "data")}
	}
	return list
}

func field(e redis.XMessage, name string) string {
	text, _ := e.Values[name].(string)
	return text
}
