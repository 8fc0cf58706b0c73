#!/usr/bin/env bash
# kafka-go: a `Reader` gives the nil Value of a tombstone for an empty value too, though its own Writer sends the two apart.
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

	"github.com/IBM/sarama"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func show(value []byte) string {
	if value == nil {
		return "nil"
	}
	return fmt.Sprintf("%q", value)
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cluster := must(kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "users")))
	defer cluster.Close()
	brokers := cluster.ListenAddrs()

	writer := &kafka.Writer{Addr: kafka.TCP(brokers...), Topic: "users", BatchTimeout: time.Millisecond, RequiredAcks: kafka.RequireAll}
	franz := must(kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics("users"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())))
	defer franz.Close()
	for _, value := range [][]byte{{}, nil} {
		must(0, writer.WriteMessages(ctx, kafka.Message{Key: []byte("by kafka-go " + show(value)), Value: value}))
		must(0, franz.ProduceSync(ctx, &kgo.Record{Topic: "users", Key: []byte("by franz-go " + show(value)), Value: value}).FirstErr())
	}

	const messages = 4
	type line struct{ key, kafkaGo, franz, sarama string }
	lines := make([]line, messages)
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: brokers, Topic: "users", MaxWait: time.Second})
	defer reader.Close()
	for i := range lines {
		message := must(reader.ReadMessage(ctx))
		lines[i].key, lines[i].kafkaGo = string(message.Key), show(message.Value)
	}
	for n := 0; n < messages; {
		fetches := franz.PollFetches(ctx)
		must(0, fetches.Err())
		fetches.EachRecord(func(r *kgo.Record) { lines[r.Offset].franz = show(r.Value); n++ })
	}
	consumer := must(sarama.NewConsumer(brokers, nil))
	defer consumer.Close()
	partition := must(consumer.ConsumePartition("users", 0, sarama.OffsetOldest))
	defer partition.Close()
	for range lines {
		message := <-partition.Messages()
		lines[message.Offset].sarama = show(message.Value)
	}
	for _, l := range lines {
		fmt.Printf("%s: read by kafka-go %s, franz-go %s, sarama %s\n", l.key, l.kafkaGo, l.franz, l.sarama)
	}
}
GO

go_build github.com/twmb/franz-go@v1.22.2 github.com/twmb/franz-go/pkg/kfake@v0.0.0-20260918054303-01f206a7e32c \
	github.com/IBM/sarama@v1.61.1 github.com/segmentio/kafka-go@v0.4.51
guess "an empty value is an empty slice, and nil a tombstone: they are two things in a topic that is compacted"
seen "an empty value and a tombstone by two clients, as three read them" 'by kafka-go "": read by kafka-go nil, franz-go "", sarama ""
by franz-go "": read by kafka-go nil, franz-go "", sarama ""
by kafka-go nil: read by kafka-go nil, franz-go nil, sarama nil
by franz-go nil: read by kafka-go nil, franz-go nil, sarama nil' "$(./program)"
matters "a consumer that deletes what Value == nil names deletes what was only set to nothing, and a mirror of kafka-go, which writes
          what it read, makes tombstones of empty values, so that compaction takes them away at the other end"
