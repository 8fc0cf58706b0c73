package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// topics lists the topics but for Kafka's own.
func topics(ctx context.Context, call *sdk.Call) error {
	kafka, err := admin(ctx, call.Run)
	if err != nil {
		return err
	}
	defer kafka.Close()
	list, err := kafka.ListTopics(ctx)
	if err != nil {
		return explain(ctx, "list topics", err)
	}
	if len(list) == 0 {
		_, err = fmt.Fprintln(call.Stderr, "no topics: mage kafka:create NAME makes one")
		return err
	}
	held, err := messages(ctx, kafka, list.Names()...)
	if err != nil {
		return err
	}
	out := table{head: []string{"TOPIC", "PARTITIONS", "REPLICAS", "MESSAGES"}, right: []bool{false, true, true, true}}
	for _, t := range list.Sorted() {
		out.rows = append(out.rows, []string{t.Topic, strconv.Itoa(len(t.Partitions)), strconv.Itoa(t.Partitions.NumReplicas()), strconv.FormatInt(held[t.Topic], 10)})
	}
	return out.write(call.Stdout, call.Width)
}

// messages is what topics hold, by name: the distance between the first and the last offset. That counts
// too many in topics that are compacted or written to in transactions.
func messages(ctx context.Context, kafka *kadm.Client, names ...string) (map[string]int64, error) {
	starts, err := kafka.ListStartOffsets(ctx, names...)
	if err != nil {
		return nil, explain(ctx, "list offsets", err)
	}
	ends, err := kafka.ListEndOffsets(ctx, names...)
	if err != nil {
		return nil, explain(ctx, "list offsets", err)
	}
	held := map[string]int64{}
	ends.Each(func(end kadm.ListedOffset) {
		if start, ok := starts.Lookup(end.Topic, end.Partition); ok && start.Err == nil && end.Err == nil {
			held[end.Topic] += end.Offset - start.Offset
		}
	})
	return held, nil
}

// create makes one topic, and refuses one that is there.
func create(ctx context.Context, call *sdk.Call) error {
	name, partitions, retention := call.Arg("name"), call.Int("partitions"), call.Duration("retention")
	if err := checkName(name); err != nil {
		return sdk.Diagnostic{Code: "BAD_TOPIC", Summary: err.Error(), Hint: "mage kafka:create orders"}
	}
	if partitions < 1 || partitions > mostPartitions {
		return sdk.Diagnostic{Code: "BAD_PARTITIONS", Summary: fmt.Sprintf("a topic cannot have %d partitions", partitions), Hint: fmt.Sprintf("-partitions is between 1 and %d", mostPartitions)}
	}
	if retention < 0 || retention%time.Millisecond != 0 {
		return sdk.Diagnostic{Code: "BAD_RETENTION", Summary: fmt.Sprintf("messages cannot be kept for %s", retention), Hint: "-retention=24h, in whole milliseconds"}
	}
	kafka, err := admin(ctx, call.Run)
	if err != nil {
		return err
	}
	defer kafka.Close()
	if err := refuseExisting(ctx, kafka, name); err != nil {
		return err
	}
	if call.DryRun {
		_, err := fmt.Fprintf(call.Stdout, "topic %s would be created with %s\n", name, count(partitions, "partition"))
		return err
	}
	configs := map[string]*string{}
	if retention > 0 {
		configs["retention.ms"] = kadm.StringPtr(strconv.FormatInt(retention.Milliseconds(), 10))
	}
	if _, err := kafka.CreateTopic(ctx, int32(partitions), -1, configs, name); err != nil {
		return explain(ctx, fmt.Sprintf("create topic %q", name), err)
	}
	call.Created("topic", name)
	_, err = fmt.Fprintf(call.Stdout, "topic %s created, %s\n", name, count(partitions, "partition"))
	return err
}

func refuseExisting(ctx context.Context, kafka *kadm.Client, name string) error {
	there, err := kafka.ListTopicsWithInternal(ctx)
	if err != nil {
		return explain(ctx, "list topics", err)
	}
	if !there.Has(name) {
		return nil
	}
	return sdk.Diagnostic{Code: "TOPIC_EXISTS", Summary: fmt.Sprintf("topic %q exists already, with %s", name, count(len(there[name].Partitions), "partition")), Hint: "mage kafka:topics"}
}

// exitRefused is Spellbook's exit code for a confirmation that is missing.
const exitRefused = 5

// remove deletes a topic where -yes is given, and says what would go otherwise.
func remove(ctx context.Context, call *sdk.Call) error {
	name := call.Arg("name")
	kafka, err := admin(ctx, call.Run)
	if err != nil {
		return err
	}
	defer kafka.Close()
	if err := find(ctx, kafka, name); err != nil {
		return err
	}
	held, err := messages(ctx, kafka, name)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("topic %s with %s", name, count(int(held[name]), "message"))
	if call.DryRun {
		_, err := fmt.Fprintf(call.Stdout, "%s would be deleted\n", what)
		return err
	}
	if !call.Bool("yes") {
		_, _ = fmt.Fprintf(call.Stderr, "%s would be deleted for good: mage kafka:delete %s -yes\n", what, name)
		return sdk.ExitError(exitRefused)
	}
	if _, err := kafka.DeleteTopic(ctx, name); err != nil {
		return explain(ctx, fmt.Sprintf("delete topic %q", name), err)
	}
	call.Deleted("topic", name)
	_, err = fmt.Fprintf(call.Stdout, "%s deleted\n", what)
	return err
}
