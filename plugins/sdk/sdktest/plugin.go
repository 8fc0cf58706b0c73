package sdktest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// Serve serves a plugin within the test's process until its end, and gives a
// client of it.
func Serve(t testing.TB, p sdk.Plugin) pluginv1.PluginServiceClient {
	t.Helper()
	listener := bufconn.Listen(pluginv1.MaxChunk)
	server := grpc.NewServer(grpc.MaxRecvMsgSize(pluginv1.MaxMessage), grpc.MaxSendMsgSize(pluginv1.MaxMessage))
	pluginv1.RegisterPluginServiceServer(server, sdk.NewServer(p, slog.New(slog.NewTextHandler(t.Output(), nil))))
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	connection, err := grpc.NewClient("passthrough:plugin", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(pluginv1.MaxMessage)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := connection.Close(); err != nil {
			t.Error(err)
		}
		server.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return pluginv1.NewPluginServiceClient(connection)
}

// Typed is a command line.
type Typed struct {
	Command   string
	Arguments []string
	Flags     map[string]string // those given, as text
	Stdin     string
	Width     int
	Dir       string // where it was called
}

// Ended is how a call ended.
type Ended struct {
	*Events
	Code        int
	Diagnostics []*pluginv1.Diagnostic
	Files       []*pluginv1.File
}

// patience is how much later than its run's deadline a call's answer may come:
// the deadline is the plugin's to keep, and tests run on busy machines.
const patience = time.Minute

// patient is a context for a call whose run has ctx's deadline.
func patient(ctx context.Context, t testing.TB) context.Context {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx
	}
	late, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline.Add(patience))
	t.Cleanup(cancel)
	context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.Canceled) {
			cancel()
		}
	})
	return late
}

// Command runs a command of a plugin; its run's deadline is ctx's. What makes
// the call itself impossible, an unknown command for example, is an error.
func Command(ctx context.Context, t testing.TB, p sdk.Plugin, typed Typed, v sdk.Values) (Ended, error) {
	t.Helper()
	stream, err := Serve(t, p).Invoke(patient(ctx, t))
	if err != nil {
		return Ended{}, err
	}
	start := &pluginv1.Start{
		Run: toRun(ctx, t, v), Command: typed.Command, Arguments: typed.Arguments, Flags: typed.Flags,
		Width: uint32(max(typed.Width, 0)), Directory: typed.Dir,
	}
	messages := []*pluginv1.InvokeRequest{{Kind: &pluginv1.InvokeRequest_Start{Start: start}}}
	if typed.Stdin != "" {
		messages = append(messages, &pluginv1.InvokeRequest{Kind: &pluginv1.InvokeRequest_Stdin{Stdin: []byte(typed.Stdin)}})
	}
	messages = append(messages, &pluginv1.InvokeRequest{Kind: &pluginv1.InvokeRequest_Stdin{}})
	for _, m := range messages {
		if err := stream.Send(m); err != nil && !errors.Is(err, io.EOF) { // the answer says why it ended
			return Ended{}, err
		}
	}
	return collect(stream.Recv)
}

// Hook runs a phase's hook.
func Hook(ctx context.Context, t testing.TB, p sdk.Plugin, phase pluginv1.Phase, v sdk.Values) (Ended, error) {
	t.Helper()
	stream, err := Serve(t, p).RunHook(patient(ctx, t), &pluginv1.RunHookRequest{Run: toRun(ctx, t, v), Phase: phase})
	if err != nil {
		return Ended{}, err
	}
	return collect(stream.Recv)
}

// Probe is one attempt for a service.
func Probe(ctx context.Context, t testing.TB, p sdk.Plugin, service string, v sdk.Values) (*pluginv1.ProbeResponse, error) {
	t.Helper()
	return Serve(t, p).Probe(patient(ctx, t), &pluginv1.ProbeRequest{Run: toRun(ctx, t, v), Service: service})
}

// collect reads a stream to its end.
func collect[T interface{ GetEvent() *pluginv1.Event }](next func() (T, error)) (Ended, error) {
	end := Ended{Events: &Events{}}
	for {
		message, err := next()
		if errors.Is(err, io.EOF) {
			return end, nil
		}
		if err != nil {
			return end, err
		}
		end.add(message.GetEvent())
		if r := message.GetEvent().GetResult(); r != nil {
			end.Code, end.Diagnostics, end.Files = int(r.GetExitCode()), r.GetDiagnostics(), r.GetFiles()
		}
	}
}

func toRun(ctx context.Context, t testing.TB, v sdk.Values) *pluginv1.Run {
	run := &pluginv1.Run{
		Id: v.ID, Project: v.Project, Environment: v.Environment, DryRun: v.DryRun,
		Config: v.Config, Secrets: v.Secrets, Endpoints: v.Endpoints,
	}
	if run.Id == "" {
		run.Id = t.Name()
	}
	if deadline, ok := ctx.Deadline(); ok {
		run.Deadline = timestamppb.New(deadline)
	}
	return run
}
