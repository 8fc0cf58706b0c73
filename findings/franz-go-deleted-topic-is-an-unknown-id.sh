#!/usr/bin/env bash
# franz-go: a consumer of a topic that was deleted is told UNKNOWN_TOPIC_ID, which is no UNKNOWN_TOPIC_OR_PARTITION, and may be retried.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >main.go <<'GO'
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
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
	ctx := context.Background()
	cluster := must(kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "gone")))
	defer cluster.Close()
	seeds := kgo.SeedBrokers(cluster.ListenAddrs()...)
	other := must(kgo.NewClient(seeds))
	consumer := must(kgo.NewClient(seeds, kgo.MetadataMaxAge(time.Second), kgo.MetadataMinAge(time.Second/2),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{"gone": {0: kgo.NewOffset().AtStart()}})))
	if err := other.ProduceSync(ctx, &kgo.Record{Topic: "gone", Value: []byte("1")}).FirstErr(); err != nil {
		panic(err)
	}
	fmt.Println("records before:", consumer.PollFetches(ctx).NumRecords())
	admin := kadm.NewClient(other)
	if err := must(admin.DeleteTopics(ctx, "gone")).Error(); err != nil {
		panic(err)
	}
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	fetched := consumer.PollFetches(limited)
	for _, f := range fetched.Errors() {
		fmt.Println("the consumer is told:", f.Err, "unknown topic:", errors.Is(f.Err, kerr.UnknownTopicOrPartition), "retriable:", kerr.IsRetriable(f.Err))
	}
	fmt.Println("who asks is told:", must(admin.ListEndOffsets(ctx, "gone")).Error())
}
GO

go_build github.com/twmb/franz-go@v1.22.2 github.com/twmb/franz-go/pkg/kadm@v1.19.0 github.com/twmb/franz-go/pkg/kfake@v0.0.0-20260918054303-01f206a7e32c
guess "UNKNOWN_TOPIC_OR_PARTITION for both, and final: the topic is gone"
seen "one poll after the deletion" 'records before: 1
the consumer is told: UNKNOWN_TOPIC_ID: This server does not host this topic ID. unknown topic: false retriable: true
who asks is told: UNKNOWN_TOPIC_OR_PARTITION: This server does not host this topic-partition.' "$(./program)"
matters "who ends on the one error, or on errors that are not retriable, follows a topic that is gone for ever: the consumer has to ask by
          name, from time to time, whether it is still there"
