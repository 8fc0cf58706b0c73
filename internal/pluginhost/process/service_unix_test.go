//go:build unix

package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// fixture is a plugin that does in Probe or in its streams what its role says.
type fixture struct {
	pluginv1.UnimplementedPluginServiceServer
	role           string
	stdout, stderr *os.File
	once           sync.Once
	cancelled      chan struct{}
	server         *grpc.Server
}

func (f *fixture) Describe(context.Context, *pluginv1.DescribeRequest) (*pluginv1.DescribeResponse, error) {
	switch f.role {
	case "has no manifest":
		return &pluginv1.DescribeResponse{}, nil
	case "answers with 100 MB":
		return &pluginv1.DescribeResponse{Manifest: &pluginv1.Manifest{Docs: strings.Repeat("x", 100<<20)}}, nil
	case "has children":
		children()
	case "logs":
		_, _ = io.WriteString(f.stderr, `{"@level":"warn","@message":"slow","@module":"kafka.admin","@timestamp":"2026-01-01T00:00:00Z","broker":1}`+"\nplain words\n")
		fmt.Println("printed") // the os.Stdout that Serve has put there
	}
	return &pluginv1.DescribeResponse{Manifest: &pluginv1.Manifest{Name: "kafka", Docs: surroundings()}}, nil
}

// surroundings is what a plugin can see of where it is.
func surroundings() string {
	var b strings.Builder
	dir, _ := os.Getwd()
	input, err := io.ReadAll(os.Stdin)
	fmt.Fprintf(&b, "dir %s\nstdin %q %v\nargs %q\n", dir, input, err, os.Args)
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		fmt.Fprintf(&b, "env %s\n", name)
	}
	return b.String()
}

func (f *fixture) Probe(ctx context.Context, _ *pluginv1.ProbeRequest) (*pluginv1.ProbeResponse, error) {
	switch f.role {
	case "stops in a call":
		stopSelf()
	case "never answers":
		select {}
	case "is slow to answer":
		<-ctx.Done()
		return nil, ctx.Err() // an answer could be there before the caller's own clock has run out
	case "closes its socket in a call":
		go f.server.Stop()
		select {}
	case "panics in a call":
		go panic("out of topics")
		select {}
	case "exits in a call":
		os.Exit(4)
	case "floods stderr in a call":
		flood(f.stderr)
	case "floods stdout in a call":
		flood(f.stdout)
	case "floods its log in a call":
		flood(os.Stderr)
	case "says no":
		return nil, errors.New("password hunter2 is wrong")
	case "passes on that another is unavailable":
		return nil, status.Error(codes.Unavailable, "connection refused")
	}
	return &pluginv1.ProbeResponse{Readiness: pluginv1.Readiness_READINESS_READY}, nil
}

func (f *fixture) Cancel(context.Context, *pluginv1.CancelRequest) (*pluginv1.CancelResponse, error) {
	if f.role != "has no cancel" {
		f.once.Do(func() { close(f.cancelled) })
		return &pluginv1.CancelResponse{}, nil
	}
	return nil, status.Error(codes.Unimplemented, "")
}

func (f *fixture) RunHook(_ *pluginv1.RunHookRequest, s grpc.ServerStreamingServer[pluginv1.RunHookResponse]) error {
	send := func(e *pluginv1.Event) error { return s.Send(&pluginv1.RunHookResponse{Event: e}) }
	if err := send(progress("begun")); err != nil {
		return err
	}
	switch f.role {
	case "cleans up":
		<-f.cancelled
		return send(result(1))
	case "goes on regardless":
		select {}
	case "has no cancel":
		<-s.Context().Done()
		return s.Context().Err()
	case "stops in a call":
		stopSelf()
	case "exits in a call":
		os.Exit(4)
	case "has no result":
		return nil
	case "speaks after its result":
		return errors.Join(send(result(0)), send(progress("more")))
	case "does not end after its result":
		_ = send(result(0))
		select {}
	}
	return send(result(0))
}

// Invoke echoes its input, and ends with a signal's number or with 0 at the
// input's end.
func (f *fixture) Invoke(s grpc.BidiStreamingServer[pluginv1.InvokeRequest, pluginv1.InvokeResponse]) error {
	for {
		r, err := s.Recv()
		if err != nil {
			return err
		}
		e := &pluginv1.Event{}
		switch kind := r.GetKind().(type) {
		case *pluginv1.InvokeRequest_Start:
			e.Kind = progress("begun").Kind
		case *pluginv1.InvokeRequest_Signal:
			e = result(kind.Signal)
		case *pluginv1.InvokeRequest_Stdin:
			e.Kind = &pluginv1.Event_Output{Output: &pluginv1.Output{Stream: pluginv1.Stream_STREAM_STDOUT, Data: kind.Stdin}}
			if len(kind.Stdin) == 0 {
				e = result(0)
			}
		}
		if err := s.Send(&pluginv1.InvokeResponse{Event: e}); err != nil || e.GetResult() != nil {
			return err
		}
	}
}

func progress(text string) *pluginv1.Event {
	return &pluginv1.Event{Kind: &pluginv1.Event_Progress{Progress: &pluginv1.Progress{Text: text}}}
}

func result(code int32) *pluginv1.Event {
	return &pluginv1.Event{Kind: &pluginv1.Event_Result{Result: &pluginv1.Result{ExitCode: code}}}
}
