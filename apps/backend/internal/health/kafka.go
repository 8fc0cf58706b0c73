package health

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Kafka asks one of the brokers (host:port) for its versions. The second
// function ends the connections.
func Kafka(brokers []string) (ask func(context.Context) error, end func(), err error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ClientID("backend"))
	if err != nil {
		return nil, nil, fmt.Errorf("open Kafka: %w", err)
	}
	return client.Ping, client.Close, nil
}
