package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// produce writes a message for every line of the input, and says how many the broker took.
func produce(ctx context.Context, call *sdk.Call) error {
	name := call.Arg("name")
	if err := mustExist(ctx, call.Run, name); err != nil {
		return err
	}
	if call.DryRun {
		_, err := fmt.Fprintf(call.Stdout, "lines would be written to %s\n", name)
		return err
	}
	// What was read is handed over, even when the reading is interrupted.
	handing, cancel := outlive(ctx, grace)
	defer cancel()
	client, err := connect(handing, call.Run, kgo.DefaultProduceTopic(name))
	if err != nil {
		return err
	}
	defer client.Close()
	t := &tally{}
	reading := send(ctx, handing, call, client, t)
	final, cancelFinal := context.WithTimeout(handing, patience)
	defer cancelFinal()
	flushing := client.Flush(final)
	return t.report(ctx, call, name, errors.Join(reading, flushing))
}

func mustExist(ctx context.Context, run *sdk.Run, name string) error {
	kafka, err := admin(ctx, run)
	if err != nil {
		return err
	}
	defer kafka.Close()
	return find(ctx, kafka, name)
}

// grace is how long messages are still handed over after an interrupt.
const grace = 2 * time.Second

// outlive is a context that ends some time after ctx.
func outlive(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(by, cancel) })
	return longer, cancel
}

// send hands every line to the client, until the input ends or the broker refuses one. What does not end
// with a line feed is a line as well.
func send(ctx, handing context.Context, call *sdk.Call, client *kgo.Client, t *tally) error {
	input := bufio.NewReader(call.Stdin)
	for ctx.Err() == nil && t.failed() == nil {
		text, err := input.ReadString('\n')
		if text != "" && ctx.Err() == nil {
			client.Produce(handing, record(strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r"), call.String("separator")), t.count)
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read input: %w", err)
		}
	}
	return nil
}

// record is a line as a message; a line without the separator has no key.
func record(text, separator string) *kgo.Record {
	if separator != "" {
		if key, value, ok := strings.Cut(text, separator); ok {
			return &kgo.Record{Key: []byte(key), Value: []byte(value)}
		}
	}
	return &kgo.Record{Value: []byte(text)}
}

// tally counts what the broker took and keeps its first refusal.
type tally struct {
	mu      sync.Mutex
	taken   int
	refusal error
	refused int // length of what was refused, in bytes
}

func (t *tally) count(r *kgo.Record, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.taken++
	} else if t.refusal == nil {
		t.refusal, t.refused = err, len(r.Key)+len(r.Value)
	}
}

func (t *tally) failed() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refusal
}

// report says how many messages were written, whatever happened to the others.
func (t *tally) report(ctx context.Context, call *sdk.Call, name string, err error) error {
	t.mu.Lock()
	taken, refusal, refused := t.taken, t.refusal, t.refused
	t.mu.Unlock()
	if _, err := fmt.Fprintf(call.Stdout, "%s written to %s\n", count(taken, "message"), name); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(refusal, kerr.MessageTooLarge):
		return sdk.Diagnostic{Code: "MESSAGE_TOO_LARGE", Summary: fmt.Sprintf("a line of %d bytes is too long for a message: the broker takes 1 MiB", refused), Hint: "split it"}
	case refusal != nil:
		return explain(ctx, fmt.Sprintf("write to topic %q", name), refusal)
	case err != nil:
		return explain(ctx, fmt.Sprintf("write to topic %q", name), err)
	}
	return nil
}
