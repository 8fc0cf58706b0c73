package process

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/infinitescribe/spellbook/apps/backend/internal/agent"
	"github.com/infinitescribe/spellbook/apps/backend/internal/config"
	"github.com/infinitescribe/spellbook/apps/backend/internal/store"
	"github.com/infinitescribe/spellbook/apps/backend/internal/stream"
)

// drain is how long requests and a job may take after SIGTERM. Docker kills
// ten seconds after it, and connections have to be closed in between.
const drain = 8 * time.Second

// parts are what every role is made of.
type parts struct {
	config config.Server
	store  *store.Store
	redis  *stream.Client
	log    *slog.Logger
	now    func() time.Time
}

func (p Process) serve(ctx context.Context) error {
	source := p.source()
	c := source.ReadServer()
	if err := source.Err(); err != nil {
		return err
	}
	log := p.logger(c.Level).With("service", c.Role)
	redis.SetLogger(quiet{log})
	db, err := store.Open(context.WithoutCancel(ctx), c.Postgres)
	if err != nil {
		return err
	}
	defer db.Close()
	r := parts{config: c, store: db, redis: stream.Open(c.Redis), log: log, now: p.Now}
	defer func() { _ = r.redis.Close() }()
	if c.Role == config.Gateway {
		return r.gateway(ctx)
	}
	return r.agent(ctx, p.Hostname)
}

// agent works on jobs, and says on its own port whether it does.
func (r parts) agent(ctx context.Context, name string) error {
	pulse := &agent.Pulse{Now: r.now, Work: r.config.Work}
	a := &agent.Agent{
		Role: r.config.Role, Worker: name,
		Queue:   r.redis.Queue(r.config.Role, name, r.config.Claim),
		Results: r.store, Work: r.config.Work, Drain: drain, Pulse: pulse, Log: r.log,
	}
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	defer func() { stop(); <-done }()
	go func() { defer close(done); a.Run(ctx) }()
	return r.listen(ctx, pulse.Handler(), nil)
}

// listen answers requests until ctx ends, then accepts none and waits for
// those that came. last ends what would never end by itself.
func (r parts) listen(ctx context.Context, handler http.Handler, last func()) error {
	listener, err := net.Listen("tcp", r.config.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", r.config.Listen, err)
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		IdleTimeout:       time.Minute,
		ErrorLog:          slog.NewLogLogger(r.log.Handler(), slog.LevelWarn),
	}
	if last != nil {
		server.RegisterOnShutdown(last)
	}
	r.log.Info("listening", "address", listener.Addr().String())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	r.log.Info("stopping")
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := server.Shutdown(late); err != nil {
		_ = server.Close()
		return fmt.Errorf("requests did not end within %s: %w", drain, err)
	}
	r.log.Info("stopped")
	return nil
}
