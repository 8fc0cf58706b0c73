#!/usr/bin/env bash
# kafka-go: a `Writer` with its defaults returns nil for messages that the broker has refused.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cluster := must(kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders")))
	defer cluster.Close()
	client := must(kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...)))
	defer client.Close()
	limit := "100"
	must(kadm.NewClient(client).AlterTopicConfigs(ctx, []kadm.AlterConfig{{Name: "max.message.bytes", Value: &limit}}, "orders"))
	big := make([]byte, 1000)
	write := func(name string, acks kafka.RequiredAcks) {
		w := &kafka.Writer{Addr: kafka.TCP(cluster.ListenAddrs()...), Topic: "orders", BatchTimeout: time.Millisecond, RequiredAcks: acks, MaxAttempts: 1}
		err := w.WriteMessages(ctx, kafka.Message{Value: big})
		fmt.Printf("%s: an error %t\n", name, err != nil)
	}
	write("RequiredAcks unset", kafka.Writer{}.RequiredAcks)
	write("RequireOne", kafka.RequireOne)
	fmt.Println("by franz-go: an error", client.ProduceSync(ctx, &kgo.Record{Topic: "orders", Value: big}).FirstErr() != nil)
	ends := must(kadm.NewClient(client).ListEndOffsets(ctx, "orders"))
	end, _ := ends.Lookup("orders", 0)
	fmt.Println("messages there:", end.Offset)
}
GO

go_build github.com/segmentio/kafka-go@v0.4.51 github.com/twmb/franz-go@v1.22.2 github.com/twmb/franz-go/pkg/kadm@v1.20.0 \
	github.com/twmb/franz-go/pkg/kfake@v0.0.0-20260918054303-01f206a7e32c
guess "WriteMessages is synchronous and returns what the broker says, as other clients do with their defaults"
seen "a message that is larger than the topic's max.message.bytes" 'RequiredAcks unset: an error false
RequireOne: an error true
by franz-go: an error true
messages there: 0' "$(./program)"
matters "the zero value of RequiredAcks asks for no answer, so what is lost is never told: too large, a partition that has moved, too few
          replicas. A Writer literal has to have RequiredAcks"
