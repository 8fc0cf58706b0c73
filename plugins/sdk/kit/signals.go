package kit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// commandRun is a command at work, with its input open.
type commandRun struct {
	name   string
	signal int32
	stream grpc.BidiStreamingClient[pluginv1.InvokeRequest, pluginv1.InvokeResponse]
	ended  chan error
}

// signals: every command that would last ends soon after an interrupt and after
// an end, and says with which.
func signals(ctx context.Context, s *session) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		address, end, err := silent(ctx)
		if err != nil {
			return "", err
		}
		defer end()
		var list []commandRun
		for _, c := range s.manifest.GetCommands() {
			for _, signal := range []int32{2, 15} {
				one, err := s.beginCommand(ctx, p, c, signal, address)
				if err != nil {
					return "", fmt.Errorf("command %s: %w", c.GetName(), err)
				}
				list = append(list, one)
			}
		}
		select {
		case <-time.After(settleTime):
		case <-ctx.Done():
			return "", ctx.Err()
		}
		list = slices.DeleteFunc(list, func(one commandRun) bool { return len(one.ended) > 0 })
		if len(list) == 0 {
			return "", notApplicable("no command lasted long enough to be sent a signal")
		}
		var names []string
		for _, one := range list {
			if err := one.interrupted(); err != nil {
				return "", fmt.Errorf("command %s, signal %d: %w", one.name, one.signal, err)
			}
			names = append(names, one.name)
		}
		return strings.Join(slices.Compact(names), ", "), p.alive(ctx)
	})
}

func (s *session) beginCommand(ctx context.Context, p *process, c *pluginv1.Command, signal int32, address string) (commandRun, error) {
	one := commandRun{name: c.GetName(), signal: signal, ended: make(chan error, 1)}
	var err error
	if one.stream, err = p.rpc.Invoke(ctx); err != nil {
		return one, err
	}
	err = one.stream.Send(&pluginv1.InvokeRequest{Kind: &pluginv1.InvokeRequest_Start{Start: &pluginv1.Start{
		Run: s.run(address, time.Minute), Command: c.GetName(), Arguments: slices.Repeat([]string{"kit"}, len(c.GetArguments())),
	}}})
	go func() { one.ended <- ended(s, one.stream, nil) }()
	return one, err
}

// interrupted sends the signal. The command ends with 128 and its number, with
// the code CANCELLED, or well, where what was done is whole.
func (one commandRun) interrupted() error {
	if err := one.stream.Send(&pluginv1.InvokeRequest{Kind: &pluginv1.InvokeRequest_Signal{Signal: one.signal}}); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	select {
	case err := <-one.ended:
		var failed failure
		if errors.As(err, &failed) && failed.result.GetExitCode() == 128+one.signal {
			return nil
		}
		return endedWell(err)
	case <-time.After(grace + endTime):
		return fmt.Errorf("still runs %s later", grace+endTime)
	}
}
