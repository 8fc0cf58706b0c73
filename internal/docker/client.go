// Package docker is the Engine API behind plain values and small methods, and
// the argv builders and parsers for the Compose CLI. It imports failure, plan
// and engine's readiness types; never a planner, a project or a terminal.
package docker

import (
	"context"
	"net"
	"strings"
	"time"

	"github.com/moby/moby/client"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// LabelProject and the like are the labels by which Compose knows its own.
const (
	LabelProject    = "com.docker.compose.project"
	LabelService    = "com.docker.compose.service"
	LabelNumber     = "com.docker.compose.container-number"
	LabelConfigHash = "com.docker.compose.config-hash"
	LabelOneOff     = "com.docker.compose.oneoff"
	LabelFiles      = "com.docker.compose.project.config_files"
)

// Dialer opens a byte stream to the engine behind an ssh:// endpoint.
type Dialer func(ctx context.Context, sshURL string) (net.Conn, error)

// Client talks to one engine.
type Client struct {
	api      *client.Client
	Endpoint Endpoint
}

// Open makes a client for the endpoint; it does not connect yet.
func Open(e Endpoint, ssh Dialer) (*Client, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	opts := []client.Opt{client.WithAPIVersionFromEnv()}
	switch {
	case strings.HasPrefix(e.Host, "ssh://"):
		opts = append(opts, client.WithHost("http://docker.example"), client.WithDialContext(
			func(ctx context.Context, _, _ string) (net.Conn, error) { return ssh(ctx, e.Host) }))
	case e.TLS != nil:
		opts = append(opts, client.WithHost(e.Host), client.WithTLSClientConfig(e.TLS.CA, e.TLS.Cert, e.TLS.Key))
	default:
		opts = append(opts, client.WithHost(e.Host))
	}
	api, err := client.New(opts...)
	if err != nil {
		return nil, failure.New(failure.Preflight, "open docker endpoint %q (%s): %w", e.Host, e.Origin, err).WithHint("%s", e.remedy())
	}
	return &Client{api: api, Endpoint: e}, nil
}

// Close frees the connections.
func (c *Client) Close() error { return c.api.Close() }

// Local reports whether the engine shares this machine's kernel, so that its
// processes may be looked at.
func (c *Client) Local() bool { return strings.HasPrefix(c.Endpoint.Host, "unix://") }

// Ping asks whether the engine answers; the error says what to run otherwise.
func (c *Client) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, err := c.api.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true})
	if err == nil {
		return nil
	}
	return c.Unreachable(err)
}
