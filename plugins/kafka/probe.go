package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// attempt is the time of one probe.
const attempt = 5 * time.Second

// probe asks for the cluster's metadata, which is the first that every client does.
func probe(ctx context.Context, run *sdk.Run) sdk.Status {
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	client, err := connect(ctx, run, kgo.RequestRetries(0))
	if err != nil {
		return sdk.NotYet(err)
	}
	defer client.Close()
	cluster, err := kadm.NewClient(client).Metadata(ctx)
	if err != nil {
		return sdk.NotYet(why(ctx, err))
	}
	return judge(run, cluster)
}

// why is the reason in words, without the client's advice about TLS and the like.
func why(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = context.DeadlineExceeded
	}
	if reason, ok := unreachable(err); ok {
		return errors.New(reason)
	}
	return fmt.Errorf("what answers is not Kafka, or not yet: %w", err)
}

// judge says whether a cluster that answers can be used. A node answers before it has joined.
func judge(run *sdk.Run, cluster kadm.Metadata) sdk.Status {
	switch {
	case len(cluster.Brokers) == 0:
		return sdk.NotYet(errors.New("the broker has not joined its cluster yet"))
	case cluster.Controller < 0:
		return sdk.NotYet(errors.New("no controller is elected yet"))
	}
	cluster.Topics.FilterInternal()
	return sdk.Ready("%s, %s%s", count(len(cluster.Brokers), "broker"), count(len(cluster.Topics), "topic"), elsewhere(run, cluster.Brokers[0]))
}

// elsewhere names the address that clients are told, where it is not the one that was asked: the plugin
// does not need it, but everybody else does.
func elsewhere(run *sdk.Run, broker kadm.BrokerDetail) string {
	told := net.JoinHostPort(broker.Host, fmt.Sprint(broker.Port))
	if asked, _ := run.Endpoint(endpoint); asked == told || local(asked) == local(told) {
		return ""
	}
	return ", advertised as " + told
}

// local makes the names of this machine one.
func local(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "localhost" || ip != nil && ip.IsLoopback()) {
		return "localhost:" + port
	}
	return address
}

// count is "1 topic", "3 topics".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
