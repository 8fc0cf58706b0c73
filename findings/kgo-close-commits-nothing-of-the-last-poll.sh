#!/usr/bin/env bash
# franz-go: a consumer that polls, works and closes has committed nothing of its last poll; the next one gets it again.
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
	cluster := must(kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "work")))
	defer cluster.Close()
	client := func(options ...kgo.Opt) *kgo.Client {
		return must(kgo.NewClient(append(options, kgo.SeedBrokers(cluster.ListenAddrs()...))...))
	}
	producer := client()
	defer producer.Close()
	for _, value := range []string{"1", "2"} {
		record := kgo.StringRecord(value)
		record.Topic = "work"
		if err := producer.ProduceSync(ctx, record).FirstErr(); err != nil {
			panic(err)
		}
	}
	for _, run := range []string{"first", "second", "third, which commits", "fourth"} {
		consumer := client(kgo.ConsumerGroup("workers"), kgo.ConsumeTopics("work"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
			kgo.AutoCommitInterval(100*time.Millisecond))
		limited, stop := context.WithTimeout(ctx, 5*time.Second)
		fmt.Print(run, ":")
		for _, record := range consumer.PollFetches(limited).Records() {
			fmt.Print(" ", string(record.Value))
		}
		fmt.Println()
		time.Sleep(time.Second) // ten times the interval of commits
		stop()
		if run == "third, which commits" {
			if err := consumer.CommitUncommittedOffsets(ctx); err != nil {
				panic(err)
			}
		}
		consumer.Close() // leaves the group
	}
}
GO

go_build github.com/twmb/franz-go@v1.22.2 github.com/twmb/franz-go/pkg/kfake@v0.0.0-20260918054303-01f206a7e32c
guess "autocommit is on: what was polled is committed after the interval, or at the latest when Close leaves the group"
seen "consumers of a group, one after the other; the third calls CommitUncommittedOffsets before Close" 'first: 1 2
second: 1 2
third, which commits: 1 2
fourth:' "$(./program)"
matters "a worker that is asked to end and ends well does its last records twice, at each deployment; the Java client commits them in
          close. CommitUncommittedOffsets before Close does it"
