package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// endpoint is the published port, by the name of the manifest.
const endpoint = "kafka"

// patience limits one connection and one retried request of a command.
const patience = 10 * time.Second

// connect makes a client of the run's Kafka; it connects with the first request. Whatever address the
// broker advertises, the client goes to the endpoint: there is one node, and from here it may be behind a
// tunnel. The caller closes it. The end of ctx cuts its connections: a request that waits for the first
// answer of a connection heeds nothing else.
func connect(ctx context.Context, run *sdk.Run, opts ...kgo.Opt) (*kgo.Client, error) {
	at, err := run.Endpoint(endpoint)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: patience}
	opts = append([]kgo.Opt{
		kgo.WithContext(ctx),
		kgo.SeedBrokers(at),
		kgo.Dialer(func(dialing context.Context, network, _ string) (net.Conn, error) {
			c, err := dialer.DialContext(dialing, network, at)
			if err == nil {
				context.AfterFunc(ctx, func() { _ = c.Close() })
			}
			return c, err
		}),
		kgo.ClientID("spellbook"),
		kgo.RetryTimeout(patience),
		kgo.DisableClientMetrics(),
	}, opts...)
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, fmt.Errorf("make client of Kafka: %w", err)
	}
	return client, nil
}

// admin is connect for those who ask and change, but read and write no messages.
func admin(ctx context.Context, run *sdk.Run) (*kadm.Client, error) {
	client, err := connect(ctx, run)
	if err != nil {
		return nil, err
	}
	return kadm.NewClient(client), nil
}

// explain makes an error one that a user can do something about. What ended the call itself goes first:
// the client's own words for it are about connections.
func explain(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if reason, ok := unreachable(err); ok {
		return sdk.Diagnostic{Code: "KAFKA_UNREACHABLE", Summary: doing + ": " + reason, Hint: "mage infra:status"}
	}
	var refused *kerr.Error
	if errors.As(err, &refused) {
		return sdk.Diagnostic{Code: refused.Message, Summary: doing + ": " + refused.Description, Hint: "mage kafka:topics"}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// unreachable says in plain words that, and how, nobody answers.
func unreachable(err error) (string, bool) {
	var name *net.DNSError
	var slow net.Error
	var at *net.OpError
	switch {
	case errors.As(err, &name):
		return fmt.Sprintf("nobody knows the host %q", name.Name), true
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return "Kafka does not answer in time", true
	case errors.As(err, &at) && at.Op == "dial":
		return "nothing listens on Kafka's port", true
	case errors.As(err, &at), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the port is open, but Kafka does not answer", true
	}
	return "", false
}
