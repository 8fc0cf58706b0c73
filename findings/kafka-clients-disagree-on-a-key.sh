#!/usr/bin/env bash
# Kafka: one key goes to three partitions by three Go clients with their defaults, kafka-go's even to another one each time.
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

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cluster := must(kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(12, "orders")))
	defer cluster.Close()
	config := sarama.NewConfig()
	config.Producer.Return.Successes = true
	byFranz := must(kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...)))
	defer byFranz.Close()
	bySarama := must(sarama.NewSyncProducer(cluster.ListenAddrs(), config))
	byKafkaGo := &kafka.Writer{Addr: kafka.TCP(cluster.ListenAddrs()...), Topic: "orders", BatchTimeout: time.Millisecond}
	asJava := &kafka.Writer{Addr: kafka.TCP(cluster.ListenAddrs()...), Topic: "orders", BatchTimeout: time.Millisecond, Balancer: kafka.Murmur2Balancer{}}
	const key = "customer-42"
	for range 2 {
		record := kgo.KeyStringRecord(key, "franz-go")
		record.Topic = "orders"
		must(0, byFranz.ProduceSync(ctx, record).FirstErr())
		_, _, err := bySarama.SendMessage(&sarama.ProducerMessage{Topic: "orders", Key: sarama.StringEncoder(key), Value: sarama.StringEncoder("sarama")})
		must(0, err)
		must(0, byKafkaGo.WriteMessages(ctx, kafka.Message{Key: []byte(key), Value: []byte("kafka-go")}))
		must(0, asJava.WriteMessages(ctx, kafka.Message{Key: []byte(key), Value: []byte("kafka-go with Murmur2Balancer")}))
	}
	consumer := must(kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics("orders"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())))
	defer consumer.Close()
	for n := 0; n < 8; {
		fetches := consumer.PollFetches(ctx)
		must(0, fetches.Err())
		fetches.EachRecord(func(r *kgo.Record) {
			n++
			fmt.Println(string(r.Value), r.Partition)
		})
	}
}
GO

go_build github.com/twmb/franz-go@v1.22.2 github.com/twmb/franz-go/pkg/kfake@v0.0.0-20260918054303-01f206a7e32c \
	github.com/IBM/sarama@v1.61.1 github.com/segmentio/kafka-go@v0.4.51
guess "messages of one key are in one partition, in order: that is what keys are for"
seen "two messages of key customer-42 by each client, in a topic of 12 partitions" 'franz-go 9
franz-go 9
kafka-go 0
kafka-go 1
kafka-go with Murmur2Balancer 9
kafka-go with Murmur2Balancer 9
sarama 6
sarama 6' "$(./program | sort)"
matters "a service that is rewritten, or a second one that writes to the topic, breaks the order of a customer's events, and joins of two topics
          find nothing: franz-go hashes as Java's client does, sarama by another function, kafka-go takes turns unless a Balancer is set"
