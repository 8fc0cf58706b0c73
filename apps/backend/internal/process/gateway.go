package process

import (
	"context"
	"sync"
	"time"

	"github.com/infinitescribe/spellbook/apps/backend/internal/config"
	"github.com/infinitescribe/spellbook/apps/backend/internal/gateway"
	"github.com/infinitescribe/spellbook/apps/backend/internal/health"
	"github.com/infinitescribe/spellbook/apps/backend/internal/novel"
)

const (
	heartbeat = 15 * time.Second // below the minute after which proxies close a silent stream
	sweep     = 5 * time.Second  // between looks for novels that were not announced
)

func (r parts) gateway(ctx context.Context) error {
	checks, end, err := r.checks()
	if err != nil {
		return err
	}
	defer end()
	hub := &gateway.Hub{}
	g := &gateway.Gateway{
		Novels: r.store, Cache: r.redis, Past: r.redis, Hub: hub, Announce: r.announce,
		Health:    health.Prober{Checks: checks, Now: r.now, Log: r.log},
		Ready:     health.Prober{Checks: r.needed(), Now: r.now, Log: r.log},
		Heartbeat: heartbeat, Log: r.log,
	}
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer func() { stop(); running.Wait() }()
	running.Go(func() { hub.Follow(ctx, r.redis, r.log) })
	running.Go(func() { r.sweep(ctx) })
	return r.listen(ctx, g.Handler(), hub.Close)
}

// checks are of all dependencies, those that are configured; end closes what
// they hold.
func (r parts) checks() (list []health.Check, end func(), err error) {
	list = []health.Check{{Name: "postgres", Ask: r.store.Ping}, {Name: "redis", Ask: r.redis.Ping}}
	if r.config.Neo4j != "" {
		list = append(list, health.Check{Name: "neo4j", Ask: health.Bolt(r.config.Neo4j)})
	}
	if len(r.config.Kafka) == 0 {
		return list, func() {}, nil
	}
	ask, end, err := health.Kafka(r.config.Kafka)
	return append(list, health.Check{Name: "kafka", Ask: ask}), end, err
}

// needed are those without which there is no answer to a request for novels.
// Redis is one, although the list could do without: agents and events could not.
func (r parts) needed() []health.Check {
	return []health.Check{{Name: "postgres", Ask: r.store.Current}, {Name: "redis", Ask: r.redis.Ping}}
}

func (r parts) announce(ctx context.Context) error {
	return r.store.Announce(ctx, func(ctx context.Context, n novel.Novel) error {
		return r.redis.Announce(ctx, n, config.Agents())
	})
}

// sweep announces, again and again, what could not be announced at once: after
// a failure of Redis, or of a gateway that died between commit and announcement.
func (r parts) sweep(ctx context.Context) {
	ticker := time.NewTicker(sweep)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := r.announceLate(ctx); err != nil && ctx.Err() == nil {
			r.log.Warn("novels wait to be announced", "error", err)
		}
	}
}

func (r parts) announceLate(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*sweep)
	defer cancel()
	if err := r.store.Current(ctx); err != nil {
		return err
	}
	return r.announce(ctx)
}
