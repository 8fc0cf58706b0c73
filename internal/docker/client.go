// Package docker is the Engine API behind plain values and small methods, and
// the argv builders and parsers for the Compose CLI. It imports failure, plan
// and engine's readiness types; never a planner, a project or a terminal.
package docker

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/moby/moby/api/types/system"
	"github.com/moby/moby/client"

	"github.com/infinitescribe/spellbook/internal/endpoint"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// LabelProject and the like are the labels by which Compose knows its own.
const (
	LabelProject    = "com.docker.compose.project"
	LabelService    = "com.docker.compose.service"
	LabelNumber     = "com.docker.compose.container-number"
	LabelConfigHash = "com.docker.compose.config-hash"
	LabelImage      = "com.docker.compose.image" // ID, from engine 28 on the digest of the manifest
	LabelOneOff     = "com.docker.compose.oneoff"
	LabelHook       = "com.docker.compose.hook" // on a container that runs a pre_start hook
	LabelFiles      = "com.docker.compose.project.config_files"
	LabelDir        = "com.docker.compose.project.working_dir" // the project directory
)

// Dialer opens a byte stream to the engine behind an ssh:// endpoint.
type Dialer func(ctx context.Context, sshURL string) (net.Conn, error)

// Client talks to one engine.
type Client struct {
	api      *client.Client
	Endpoint endpoint.Endpoint
	// ReadFile reads a file of the machine that the engine runs on; nil where
	// nobody can.
	ReadFile func(ctx context.Context, name string) ([]byte, error)
	// OnSilence is told when the engine has not answered for a while; nil for nobody.
	OnSilence atomic.Pointer[func(text string)]

	patience Patience
	last     atomic.Int64 // when an answer last began, in ns since 1970
	told     atomic.Int64 // last, of the silence that was told
	answered atomic.Bool
	highest  atomic.Pointer[string] // the highest version of the API, as pinged
	id       atomic.Pointer[string] // see ID
	said     atomic.Pointer[system.Info]
}

// Open makes a client for the endpoint; it does not connect yet.
func Open(e endpoint.Endpoint, ssh Dialer) (*Client, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	if _, err := client.New(client.WithAPIVersion(e.APIVersion)); err != nil {
		return nil, failure.New(failure.Preflight, "DOCKER_API_VERSION: %w", err).WithHint("unset DOCKER_API_VERSION")
	}
	opts, err := options(e, ssh)
	if err != nil {
		return nil, failure.New(failure.Preflight, "TLS of the Docker engine %s (%s): %w", e.Host, e.Origin, err).WithHint("%s", e.Remedy())
	}
	c := &Client{Endpoint: e, patience: defaultPatience}
	c.told.Store(-1)
	opts = append(opts, client.WithHTTPRequestHook(c.beginCall), client.WithHTTPResponseHook(c.answeredCall))
	if c.api, err = client.New(opts...); err != nil {
		return nil, failure.New(failure.Preflight, "open docker endpoint %q (%s): %w", e.Host, e.Origin, err).WithHint("%s", e.Remedy())
	}
	return c, nil
}

func options(e endpoint.Endpoint, ssh Dialer) ([]client.Opt, error) {
	opts := []client.Opt{client.WithAPIVersion(e.APIVersion)}
	switch {
	case strings.HasPrefix(e.Host, "ssh://"):
		// A transport of its own, as that of WithHost asks HTTP_PROXY; with
		// room for what readiness asks at once, as each one is an ssh.
		through := &http.Transport{MaxIdleConns: 16, MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return ssh(ctx, e.Host) }}
		return append(opts, client.WithHost("http://docker.example"),
			client.WithHTTPClient(&http.Client{Transport: through, CheckRedirect: client.CheckRedirect})), nil
	case e.TLS != nil:
		transport, err := e.TLS.Transport()
		if err != nil {
			return nil, err
		}
		opts = append(opts, client.WithHTTPClient(&http.Client{Transport: transport, CheckRedirect: client.CheckRedirect}))
	}
	return append(opts, client.WithHost(e.Host)), nil
}

// Close frees the connections.
func (c *Client) Close() error { return c.api.Close() }

// Local reports whether the engine shares this machine's kernel, so that its
// processes may be looked at.
func (c *Client) Local() bool { return strings.HasPrefix(c.Endpoint.Host, "unix://") }

// Remote reports whether the engine may be on another machine, which has files
// and users of its own.
func (c *Client) Remote() bool { return !c.Local() && !strings.HasPrefix(c.Endpoint.Host, "npipe://") }

// OverSSH reports whether every connection to the engine is an ssh.
func (c *Client) OverSSH() bool { return strings.HasPrefix(c.Endpoint.Host, "ssh://") }

// Ping asks whether the engine answers; the error says what to run otherwise.
// An engine that says nothing is given up after ten seconds, over ssh after
// twenty.
func (c *Client) Ping(ctx context.Context) error {
	patience := 10 * time.Second
	if c.OverSSH() {
		patience *= 2
	}
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	got, err := c.api.Ping(within, client.PingOptions{NegotiateAPIVersion: true})
	switch {
	case err == nil:
		c.highest.Store(&got.APIVersion)
		c.answered.Store(true)
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case within.Err() != nil:
		err = fmt.Errorf("no answer within %s", patience)
	}
	return c.Unreachable(err)
}

// greet pings until the engine has answered once. The client's own
// negotiation of the version would do the same without an end.
func (c *Client) greet(ctx context.Context) error {
	if c.answered.Load() {
		return nil
	}
	return c.Ping(ctx)
}
