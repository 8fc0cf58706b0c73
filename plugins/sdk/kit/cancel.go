package kit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

const (
	// settleTime is how long a call must last to count as one that does.
	settleTime = 300 * time.Millisecond
	// grace is what a cancelled call is given.
	grace = 500 * time.Millisecond
)

// cancel: a call that would last ends soon, when its run is cancelled.
func cancel(ctx context.Context, s *session) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		if _, err := p.rpc.Cancel(ctx, &pluginv1.CancelRequest{RunId: "kit-nobody", Grace: durationpb.New(0)}); err != nil {
			return "", fmt.Errorf("cancel of an unknown run: %w", err)
		}
		address, end, err := silent(ctx)
		if err != nil {
			return "", err
		}
		defer end()
		for _, one := range s.lasting(p) {
			tried, err := s.cancelled(ctx, p, one, address)
			if err != nil {
				return "", fmt.Errorf("%s: %w", one.method, err)
			}
			if tried {
				return one.method, p.alive(ctx)
			}
		}
		return "", notApplicable("no call lasted long enough to be cancelled")
	})
}

// lasting are calls that may not end by themselves: endless commands, then
// hooks, probes and other commands that speak to a silent endpoint.
func (s *session) lasting(p *process) (list []call) {
	for _, c := range s.manifest.GetCommands() {
		one := call{method: "command " + c.GetName(), call: func(ctx context.Context, _ string, run *pluginv1.Run) error {
			return s.invoke(ctx, p, &pluginv1.InvokeRequest{Kind: &pluginv1.InvokeRequest_Start{Start: &pluginv1.Start{
				Run: run, Command: c.GetName(), Arguments: slices.Repeat([]string{"kit"}, len(c.GetArguments())),
			}}})
		}}
		if c.GetEndless() {
			list = append([]call{one}, list...)
		} else {
			list = append(list, one)
		}
	}
	for _, h := range s.manifest.GetHooks() {
		list = append(list, call{method: "hook " + h.GetPhase().String(), call: func(ctx context.Context, _ string, run *pluginv1.Run) error {
			return s.hook(ctx, p, run, h.GetPhase())
		}})
	}
	for _, one := range s.manifest.GetServices() {
		if one.GetProbed() {
			list = append(list, call{method: "probe " + one.GetName(), call: func(ctx context.Context, _ string, run *pluginv1.Run) error {
				_, err := p.rpc.Probe(ctx, &pluginv1.ProbeRequest{Run: run, Service: one.GetName()})
				return err
			}})
		}
	}
	return list
}

// cancelled runs a call and cancels it. A call that is over before that has not
// been tried. It ends with CANCELLED in its result, Canceled as its status, or
// well, where what was done is whole.
func (s *session) cancelled(ctx context.Context, p *process, one call, address string) (tried bool, err error) {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	run, end := s.run(address, time.Minute), make(chan error, 1)
	go func() { end <- one.call(ctx, "", run) }()
	select {
	case err := <-end:
		_ = err // how it ended by itself is for other checks to judge
		return false, nil
	case <-time.After(settleTime):
	}
	begin := time.Now()
	limited, done := context.WithTimeout(ctx, grace+endTime)
	defer done()
	if _, err := p.rpc.Cancel(limited, &pluginv1.CancelRequest{RunId: run.GetId(), Grace: durationpb.New(grace)}); err != nil {
		return true, fmt.Errorf("cancel: %w", err)
	}
	select {
	case err := <-end:
		return true, endedWell(err)
	case <-limited.Done():
		return true, fmt.Errorf("still runs %s after Cancel", time.Since(begin).Round(time.Millisecond))
	}
}

func endedWell(err error) error {
	var failed failure
	switch {
	case err == nil || status.Code(err) == codes.Canceled:
		return nil
	case errors.As(err, &failed) && failed.code() == pluginv1.CodeCancelled:
		return nil
	}
	return fmt.Errorf("ended with %w, and not with the code CANCELLED", err)
}
