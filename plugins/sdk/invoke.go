package sdk

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// The signals that end a command, by POSIX's numbers.
const (
	hangup    = 1
	quit      = 3
	terminate = 15
)

// Invoke runs a command.
func (s *server) Invoke(from grpc.BidiStreamingServer[pluginv1.InvokeRequest, pluginv1.InvokeResponse]) error {
	first, err := from.Recv()
	if err != nil {
		return fmt.Errorf("receive start of command: %w", err)
	}
	start := first.GetStart()
	if start == nil {
		return status.Error(codes.InvalidArgument, "the first message of Invoke is no start")
	}
	command, err := s.command(start.GetCommand())
	if err != nil {
		return err
	}
	if start.GetRun() == nil {
		return errNoRun
	}
	one, in := s.calls.begin(from.Context(), start.GetRun()), newInput()
	go receive(from, one, in)
	send := func(e *pluginv1.Event) error { return from.Send(&pluginv1.InvokeResponse{Event: e}) }
	return s.serveCall(one, start.GetRun(), send, func(ctx context.Context, run *Run) ([]*pluginv1.File, error) {
		call := &Call{
			Run: run, Stdin: in, Width: int(start.GetWidth()), Dir: start.GetDirectory(),
			Stdout: writer{pluginv1.Stream_STREAM_STDOUT, run.send}, Stderr: writer{pluginv1.Stream_STREAM_STDERR, run.send},
		}
		if err := call.parse(command, start.GetArguments(), start.GetFlags()); err != nil {
			return nil, err
		}
		defer context.AfterFunc(ctx, in.end)()
		return nil, command.Run(ctx, call)
	})
}

func (s *server) command(name string) (Command, error) {
	for _, c := range s.plugin.Commands {
		if c.Name == name {
			return c, nil
		}
	}
	return Command{}, s.missing(pluginv1.CanCommands, "command", name)
}

// receive hands on what is typed, until the stream ends. A signal that ends
// programs ends the command's context; others are none of its business.
func receive(from grpc.BidiStreamingServer[pluginv1.InvokeRequest, pluginv1.InvokeResponse], one *call, in *input) {
	defer in.end()
	for {
		message, err := from.Recv()
		if err != nil {
			return
		}
		switch kind := message.GetKind().(type) {
		case *pluginv1.InvokeRequest_Signal:
			switch kind.Signal {
			case hangup, interrupt, quit, terminate:
				one.cancel(signalError(kind.Signal))
			}
		case *pluginv1.InvokeRequest_Stdin:
			if len(kind.Stdin) == 0 {
				in.end()
				continue
			}
			in.put(one.ctx, kind.Stdin)
		}
	}
}
