package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// createTopics makes the topics of KAFKA_TOPICS exist with at least the partitions that they are to have.
// Run again it changes nothing.
func createTopics(ctx context.Context, run *sdk.Run) error {
	specs, wrong := parseTopics(run.Config(topicsVariable))
	if len(wrong) > 0 {
		return wrong[0]
	}
	if len(specs) == 0 {
		return nil
	}
	kafka, err := admin(ctx, run)
	if err != nil {
		return err
	}
	defer kafka.Close()
	there, err := kafka.ListTopicsWithInternal(ctx)
	if err != nil {
		return explain(ctx, "list topics", err)
	}
	for i, s := range specs {
		run.Progress("topic "+s.name, uint64(i), uint64(len(specs)))
		if err := provide(ctx, run, kafka, s, there[s.name]); err != nil {
			return err
		}
	}
	return nil
}

// provide makes one topic exist. Partitions are only ever added: Kafka cannot take them away, and the
// messages in them would be gone.
func provide(ctx context.Context, run *sdk.Run, kafka *kadm.Client, s spec, there kadm.TopicDetail) error {
	has := int32(len(there.Partitions))
	switch {
	case has == 0:
		return createTopic(ctx, run, kafka, s)
	case has < s.partitions:
		return addPartitions(ctx, run, kafka, s)
	case has > s.partitions:
		run.Log.Warn(fmt.Sprintf("topic %q has %d partitions, %s wants %d: they cannot be taken away, nothing is changed", s.name, has, topicsVariable, s.partitions))
	}
	run.Existed("topic", s.name)
	return nil
}

func createTopic(ctx context.Context, run *sdk.Run, kafka *kadm.Client, s spec) error {
	if run.DryRun {
		run.Created("topic", s.name)
		return nil
	}
	_, err := kafka.CreateTopic(ctx, s.partitions, -1, nil, s.name)
	switch {
	case errors.Is(err, kerr.TopicAlreadyExists): // somebody else was faster
		run.Existed("topic", s.name)
		return nil
	case err != nil:
		return explain(ctx, fmt.Sprintf("create topic %q", s.name), err)
	}
	run.Created("topic", s.name)
	return nil
}

func addPartitions(ctx context.Context, run *sdk.Run, kafka *kadm.Client, s spec) error {
	if !run.DryRun {
		answers, err := kafka.UpdatePartitions(ctx, int(s.partitions), s.name)
		if err == nil {
			err = answers.Error()
		}
		if err != nil {
			return explain(ctx, fmt.Sprintf("add partitions to topic %q", s.name), err)
		}
	}
	run.Updated("topic", s.name)
	return nil
}
