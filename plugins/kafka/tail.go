package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// tail prints a topic's messages until it is interrupted, or has printed -n of them.
func tail(ctx context.Context, call *sdk.Call) error {
	name, from, most := call.Arg("name"), call.String("from"), call.Int("n")
	if most < 0 {
		return sdk.Diagnostic{Code: "BAD_FLAG", Path: "n", Summary: fmt.Sprintf("%d messages cannot be printed", most), Hint: "-n=0 goes on until Ctrl-C"}
	}
	format, err := formatter(call.String("format"))
	if err != nil {
		return err
	}
	places, err := offsets(ctx, call.Run, name, from)
	if err != nil {
		return err
	}
	client, err := connect(ctx, call.Run, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{name: places}))
	if err != nil {
		return err
	}
	defer client.Close()
	_, _ = fmt.Fprintf(call.Stderr, "reading %s from its %s\n", name, from)
	return follow(ctx, call, client, format, most)
}

// offsets are where to begin in each partition. They are fixed before anything is said, so that whatever
// is written after "reading …" is printed.
func offsets(ctx context.Context, run *sdk.Run, name, from string) (map[int32]kgo.Offset, error) {
	kafka, err := admin(ctx, run)
	if err != nil {
		return nil, err
	}
	defer kafka.Close()
	list := kafka.ListStartOffsets
	switch from {
	case "beginning":
	case "end":
		list = kafka.ListEndOffsets
	default:
		return nil, sdk.Diagnostic{Code: "BAD_FLAG", Path: "from", Summary: fmt.Sprintf("-from=%s is no place in a topic", short(from)), Hint: "-from=beginning or -from=end"}
	}
	if err := find(ctx, kafka, name); err != nil {
		return nil, err
	}
	listed, err := list(ctx, name)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, explain(ctx, "list offsets", err)
	}
	places := map[int32]kgo.Offset{}
	listed.Each(func(o kadm.ListedOffset) { places[o.Partition] = kgo.NewOffset().At(o.Offset) })
	return places, nil
}

// idle is how long nothing may come before it is asked whether the topic is still there: the client would
// wait for ever.
const idle = 2 * time.Second

// follow prints what comes. A broker that is gone is waited for; a topic that is gone ends it.
func follow(ctx context.Context, call *sdk.Call, client *kgo.Client, format appender, most int) error {
	var line []byte
	for printed := 0; ; {
		fetched, err := poll(ctx, client)
		if err != nil {
			return err
		}
		for records := fetched.RecordIter(); !records.Done(); {
			line = format(line[:0], records.Next())
			if call.Width > 0 { // somebody looks at it
				line = []byte(printable(string(line)))
			}
			if _, err := call.Stdout.Write(line); err != nil {
				return err
			}
			if printed++; printed == most {
				return nil
			}
		}
		if fetched.NumRecords() > 0 {
			continue
		}
		if err := find(ctx, kadm.NewClient(client), call.Arg("name")); isUnknown(err) {
			return err
		}
	}
}

// poll waits for messages, but no longer than idle.
func poll(ctx context.Context, client *kgo.Client) (kgo.Fetches, error) {
	limited, cancel := context.WithTimeout(ctx, idle)
	defer cancel()
	fetched := client.PollFetches(limited)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for _, failed := range fetched.Errors() {
		if !errors.Is(failed.Err, context.DeadlineExceeded) && !kerr.IsRetriable(failed.Err) {
			return nil, explain(ctx, fmt.Sprintf("read topic %q", failed.Topic), failed.Err)
		}
	}
	return fetched, nil
}

// appender puts a record into a format, at the end of a buffer.
type appender func([]byte, *kgo.Record) []byte

// formatter reads -format. The client's formats are those of kcat.
func formatter(format string) (appender, error) {
	if format == "json" {
		return appendJSON, nil
	}
	f, err := kgo.NewRecordFormatter(format)
	if err != nil {
		return nil, sdk.Diagnostic{Code: "BAD_FLAG", Path: "format", Summary: fmt.Sprintf("-format: %v", err), Hint: `-format='%t %p %o %k %v\n', or -format=json`}
	}
	return f.AppendRecord, nil
}

// line is what -format=json prints of a message. A key or value that is no UTF-8 has its bytes replaced;
// those who need them print %v{base64}.
type line struct {
	Topic     string            `json:"topic"`
	Partition int32             `json:"partition"`
	Offset    int64             `json:"offset"`
	Time      time.Time         `json:"time"`
	Key       *string           `json:"key"`   // null without one
	Value     *string           `json:"value"` // null is a deletion in compacted topics
	Headers   map[string]string `json:"headers,omitempty"`
}

func appendJSON(to []byte, r *kgo.Record) []byte {
	l := line{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Time: r.Timestamp.UTC(), Key: text(r.Key), Value: text(r.Value)}
	for _, h := range r.Headers {
		if l.Headers == nil {
			l.Headers = map[string]string{}
		}
		l.Headers[h.Key] = string(h.Value)
	}
	data, err := json.Marshal(l)
	if err != nil { // nothing in a line can fail
		data, _ = json.Marshal(err.Error())
	}
	return append(append(to, data...), '\n')
}

func text(data []byte) *string {
	if data == nil {
		return nil
	}
	s := string(data)
	return &s
}
