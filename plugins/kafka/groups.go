package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// groups lists the consumer groups with a row for every topic that one reads.
func groups(ctx context.Context, call *sdk.Call) error {
	kafka, err := admin(ctx, call.Run)
	if err != nil {
		return err
	}
	defer kafka.Close()
	lags, err := kafka.Lag(ctx)
	if err != nil {
		return explain(ctx, "list consumer groups", err)
	}
	if len(lags) == 0 {
		_, err = fmt.Fprintln(call.Stdout, "no consumer groups")
		return err
	}
	out := table{head: []string{"GROUP", "STATE", "MEMBERS", "TOPIC", "LAG"}, right: []bool{false, false, true, false, true}}
	for _, group := range lags.Sorted() {
		out.rows = append(out.rows, rows(group)...)
	}
	return out.write(call.Stdout, call.Width)
}

func rows(group kadm.DescribedGroupLag) (list [][]string) {
	head := []string{group.Group, group.State, strconv.Itoa(len(group.Members))}
	if err := cmp.Or(group.DescribeErr, group.FetchErr); err != nil {
		return [][]string{append(head, err.Error(), "?")}
	}
	behind, topics := map[string]int64{}, []string{}
	gone := map[string]bool{} // committed to, and deleted since
	for _, p := range group.Lag.Sorted() {
		if len(topics) == 0 || topics[len(topics)-1] != p.Topic {
			topics = append(topics, p.Topic)
		}
		behind[p.Topic] += max(p.Lag, 0)
		gone[p.Topic] = gone[p.Topic] || p.Err != nil
	}
	if len(topics) == 0 {
		return [][]string{append(head, "-", "-")}
	}
	for _, topic := range topics {
		lag := strconv.FormatInt(behind[topic], 10)
		if gone[topic] {
			lag = "?"
		}
		list = append(list, append(slices.Clone(head), topic, lag))
	}
	return list
}
